import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { blocksOf, textOf } from '../../support/documents.ts'

const root = join(import.meta.dirname, '../../..')
const locks = globSync('docs/examples/*/package-lock.json', { cwd: root })

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly resolved?: string; readonly integrity?: string }>
  >
}

test('the examples install the packed package, whatever is in it, and all else from the registry', () => {
  expect(locks.length).toBeGreaterThan(5)
  for (const lock of locks) {
    const { packages } = JSON.parse(readFileSync(join(root, lock), 'utf8')) as Lock
    const named = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)
    expect(
      named.map(([path, { resolved, integrity }]) => ({ path, resolved, integrity })),
      `${lock}: remove the integrity of latchkey, which changes with every build`,
    ).toEqual([{ path: 'node_modules/latchkey', resolved: 'file:../.packed/latchkey.tgz' }])
  }
})

test('the page of the examples names each of them with its command', () => {
  const commands = [...textOf('docs/examples/README.md').matchAll(/^npm run example (\S+)$/gm)]
  const folders = locks.map((lock) => basename(dirname(lock))).filter((name) => name !== 'server')
  expect(commands.map(([, name]) => name).toSorted()).toEqual(folders.toSorted())
})

test('what the guide shows of Solid and Preact are files of their examples, which are built', () => {
  const shown = blocksOf(textOf('docs/guides/frameworks.md'))
    .filter(({ language }) => language === 'js')
    .map(({ code }) => code)
  const files = ['solid/src/use-session.ts', 'preact/src/current.ts']
  expect(shown).toEqual(files.map((file) => textOf(`docs/examples/${file}`)))
})
