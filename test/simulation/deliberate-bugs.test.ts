import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withPatch } from './deliberate-bugs/bug.ts'
import { BUGS } from './deliberate-bugs/bugs.ts'

const src = join(import.meta.dirname, '../../src')

test.each(BUGS)('the place for "$name" is in the source, once', ({ patches }) => {
  expect(patches).not.toEqual([])
  for (const patch of patches) {
    const source = readFileSync(join(src, patch.file), 'utf8')
    expect(withPatch(source, patch)).not.toBe(source)
  }
})
