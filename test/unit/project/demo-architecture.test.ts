import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const FILES = globSync('demo/server/**/*.ts', { cwd: root })

/** What a file imports from outside the folder of the backend, by folder or file: `demo/config.ts`, `src/server`. */
function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8')
  const names = [...source.matchAll(/ from '(\.[^']+)'/g)].map(([, name = '']) =>
    relative(root, join(root, dirname(file), name)).replaceAll('\\', '/'),
  )
  return names.flatMap((name) => /^(?!demo\/server\/)(?:[^/]+\/[^/]+)/.exec(name)?.[0] ?? [])
}

test("the demo's backend stands on the kit, its settings and a database, and on no extension", () => {
  const imported = new Set(FILES.flatMap(importsOf))
  expect([...imported].sort()).toEqual(['demo/config.ts', 'demo/database', 'src/server'])
})

test("the demo's backend can be read in one sitting", () => {
  const lines = FILES.map((file) => readFileSync(join(root, file), 'utf8').split('\n').length - 1)
  expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThan(1_000)
})
