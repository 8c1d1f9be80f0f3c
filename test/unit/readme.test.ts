import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path/posix'
import { expect, test } from 'vitest'
import { ROWS } from '../../.size-limit.ts'
import { problemsOf } from '../support/compile-examples.ts'
import { blocksOf, documents, pages, textOf, type Block } from '../support/documents.ts'

// As TypeScript writes paths, on Windows too.
const root = join(import.meta.dirname.replaceAll('\\', '/'), '../..')
const readme = textOf('README.md')
// docs/server.md has a test of its own, in unit/server/documents.test.ts, and the recipes have theirs: npm run test:recipes.
const sources = [
  'README.md',
  ...pages().filter((page) => page !== 'docs/server.md' && !page.startsWith('docs/recipes/')),
]

const isTypeScript = ({ language }: Block): boolean => language === 'ts' || language === 'tsx'

/** All examples in TypeScript. */
const blocks = sources.flatMap((source) => blocksOf(textOf(source)).filter(isTypeScript))

/** The module that examples import as './session': the first example of the README. */
const SESSION = blocks[0]?.code ?? ''

/** The examples of each document as the files of an application, in a folder of its own. */
const files = new Map(
  sources.flatMap((source) => {
    const folder = join(root, 'readme', source.replaceAll(/[^\w]/g, '-'))
    const own = blocksOf(textOf(source)).filter(isTypeScript)
    return [
      [join(folder, 'session.ts'), SESSION] as const,
      ...own.map((block, index) => [join(folder, nameOf(block, index)), block.code] as const),
    ]
  }),
)

/** An example may say in its first line which file it is: `// session.ts`. */
function nameOf({ code, language }: Block, index: number): string {
  const [, name] = /^\/\/ ([\w./-]+\.tsx?)$/m.exec(code.split('\n', 1)[0] ?? '') ?? []
  if (name !== undefined) return name
  return code.includes('export async function leaveToSignIn')
    ? 'sign-in-by-code.ts'
    : `example-${index}.${language}`
}

test('every example of the documents compiles, strictly', () => {
  expect(files.size).toBeGreaterThan(3)
  expect(problemsOf(files)).toEqual([])
})

test('the tests in the documents are those of unit/testing/readme, which run', () => {
  const folder = join(root, 'test/unit/testing/readme')
  const kept = readdirSync(folder).map((file) =>
    readFileSync(join(folder, file), 'utf8')
      .replaceAll('../../../../src/testing/index.ts', 'latchkey/testing')
      .replaceAll('../../../../src/index.ts', 'latchkey'),
  )
  const shown = blocks.map(({ code }) => code).filter((code) => code.includes("from 'vitest'"))
  expect(shown.length).toBeGreaterThan(1)
  expect(shown.toSorted()).toEqual(kept.toSorted())
})

test('the sign-in by code of docs/providers.md is the one that signs in in Chromium', () => {
  const kept = readFileSync(join(root, 'test/browser/support/oidc/sign-in-by-code.ts'), 'utf8')
  const shown = kept.replaceAll(/^ *\/\/ eslint-disable.*\n/gm, '')
  expect(blocks.map(({ code }) => code)).toContain(shown)
})

test('the lines that connect a server in docs/servers.md are those that npm run test:servers runs', () => {
  const servers = join(root, 'test/servers')
  const kept = readdirSync(servers, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(servers, name)).map((file) => join(name, file)))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(servers, file), 'utf8'))
  const shown = blocksOf(textOf('docs/servers.md'))
    .filter(isTypeScript)
    .map(({ code }) => code.slice(code.indexOf('\n\n')))
  expect(shown.length).toBe(kept.length)
  for (const code of shown)
    expect(
      kept.filter((file) => file.includes(code)),
      code,
    ).toHaveLength(1)
})

test('the sizes in the README are the limits that size-limit holds', () => {
  const stated = [...readme.matchAll(/<!-- size (\{[^}]*\}) -->(.*?)<!-- \/size -->/g)]
  expect(stated.length).toBeGreaterThan(1)
  for (const [, imported, sizes] of stated) {
    const [, , limits] = ROWS.find(([, names]) => names === imported) ?? []
    expect(sizes, imported).toBe(
      `${limits?.rolldown} by Rolldown (Vite), ${limits?.esbuild} by esbuild`,
    )
  }
})

test('the libraries that the README compares with are those of docs/measured.md', () => {
  const [table, same] = ['README.md', 'docs/measured.md'].map((name) =>
    textOf(name).match(/^\| .* of \d+ .*\|$/gm),
  )
  expect(table?.length).toBeGreaterThan(5)
  expect(table).toEqual(same)
})

test('what docs/check-server.md quotes of a server report is what the command prints', () => {
  const [quoted] = blocksOf(textOf('docs/check-server.md')).filter(
    ({ language }) => language === 'text',
  )
  const reports = textOf('test/check-server/README.md')
  const rows = (quoted?.code ?? '').split(/^(?=\S)/m)
  expect(rows.length).toBeGreaterThan(2)
  for (const row of rows) expect(reports).toContain(row.trimEnd())
})

/** Which file runs a command of the documents, and what that file says where it does. */
const RUN_BY: readonly (readonly [command: RegExp, file: string, says: string])[] = [
  [/^(\w+=\S+ )*npm start$/, 'test/first-start.mjs', "'start'"],
  [/^npm test$/, '.ci/run', 'npm test'],
  [/^npm install latchkey$/, 'test/package/without-peers.mjs', 'node_modules'],
  [/^npm run example [a-z-]+$/, 'test/examples/main.ts', 'EXAMPLES'],
  [/^npm run demo:cluster$/, 'test/server/cluster.test.ts', 'startCluster'],
  [/^npx latchkey check-server http/, 'test/package/check-server.mjs', 'check-server'],
]

test('every command in a shell block of a document is one that a test runs', () => {
  const commands = documents()
    .flatMap((document) => blocksOf(textOf(document)))
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => code.trim().split('\n'))
    .map((line) => line.replace(/\s+#.*/, '').trim())
  expect(commands.length).toBeGreaterThan(3)
  expect(commands.filter((each) => !RUN_BY.some(([command]) => command.test(each)))).toEqual([])
  for (const [, file, says] of RUN_BY) {
    expect(existsSync(join(root, file)), file).toBe(true)
    expect(textOf(file)).toContain(says)
  }
})
