import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { storeContract } from '../../../src/testing/index.ts'
import { STORES, type OpenStore } from './stores.ts'

describe.each(Object.keys(STORES))('the store in %s keeps the contract', (name) => {
  let open: OpenStore
  beforeAll(async () => {
    open = await (STORES[name] ?? (() => Promise.reject(new Error(name))))()
  })
  afterAll(() => open.close())

  test.each(storeContract(() => open.store))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})
