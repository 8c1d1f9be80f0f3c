import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path/posix'
import { expect, test } from 'vitest'
import { problemsOf } from '../../support/compile-examples.ts'

const root = join(import.meta.dirname.replaceAll('\\', '/'), '../../..')
const kept = join(root, 'test/server/kit')
const markdown = readFileSync(join(root, 'docs/server.md'), 'utf8')
const blocks = [...markdown.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code)

/** The blocks as files. Others import the first, and the one with the store in Redis. */
const files = new Map(
  blocks.map((code, index) => [join(root, 'server', nameOf(code, index)), code]),
)

function nameOf(code: string, index: number): string {
  if (index === 0) return 'sessions.ts'
  return code.includes('redisStore') ? 'store.ts' : `example-${index}.ts`
}

test('every example of docs/server.md compiles, strictly', () => {
  expect(files.size).toBeGreaterThan(10)
  expect(problemsOf(files, ['node'])).toEqual([])
})

test('the mounts, the store in SQLite and the move of docs/server.md are those that are tested', () => {
  const mounts = readdirSync(join(kept, 'mounts')).map((file) => join(kept, 'mounts', file))
  for (const file of [...mounts, join(kept, 'sqlite-store.ts'), join(kept, 'moving.ts')]) {
    const code = readFileSync(file, 'utf8')
      .replaceAll(/'(?:\.\.\/)+src\/(server(?:\/\w+)?)\/index\.ts'/g, "'latchkey/$1'")
      .replace(/^\/\* eslint-disable.*\n/, '')
    expect(blocks).toContain(code)
  }
})
