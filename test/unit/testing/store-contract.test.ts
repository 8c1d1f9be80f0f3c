import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../../src/server/index.ts'
import { storeContract } from '../../../src/testing/index.ts'

describe('the store in memory keeps the contract', () => {
  test.each(storeContract(() => memoryStore()))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})
