import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path/posix'
import { expect, test } from 'vitest'
import { ROWS } from '../../.size-limit.ts'
import { problemsOf } from '../support/compile-examples.ts'

// As TypeScript writes paths, on Windows too.
const root = join(import.meta.dirname.replaceAll('\\', '/'), '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const others = ['demo/README.md', 'demo/PROVIDERS.md', 'docs/servers.md', 'docs/devtools.md'].map(
  (name) => readFileSync(join(root, name), 'utf8'),
)

/** The TypeScript of the documents, as files of an application. Some blocks are what the others import. */
const blocks = [...[readme, ...others].join('\n').matchAll(/^```(tsx?)\n([\s\S]*?)^```/gm)]
const files = new Map(
  blocks.map(([, language = '', code = ''], index) => [
    join(root, 'readme', nameOf(code, index, language)),
    code,
  ]),
)

function nameOf(code: string, index: number, language: string): string {
  if (index === 0) return 'session.ts'
  return code.includes('function leaveToSignIn')
    ? 'sign-in-by-code.ts'
    : `example-${index}.${language}`
}

test('every example of the documents compiles, strictly', () => {
  expect(files.size).toBeGreaterThan(3)
  expect(problemsOf(files)).toEqual([])
})

test('the tests in the README are those of unit/testing/readme, which run', () => {
  const folder = join(root, 'test/unit/testing/readme')
  const kept = readdirSync(folder).map((file) =>
    readFileSync(join(folder, file), 'utf8')
      .replaceAll('../../../../src/testing/index.ts', 'latchkey/testing')
      .replaceAll('../../../../src/index.ts', 'latchkey'),
  )
  const shown = blocks
    .map(([, , code = '']) => code)
    .filter((code) => code.includes("from 'vitest'"))
  expect(shown.length).toBeGreaterThan(1)
  expect(shown.toSorted()).toEqual(kept.toSorted())
})

test('the sign-in by code of demo/PROVIDERS.md is the one that signs in in Chromium', () => {
  const kept = readFileSync(join(root, 'test/browser/support/oidc/sign-in-by-code.ts'), 'utf8')
  const shown = kept.replaceAll(/^ *\/\/ eslint-disable.*\n/gm, '')
  expect(blocks.map(([, , code = '']) => code)).toContain(shown)
})

test('the lines that connect a server in docs/servers.md are those that npm run test:servers runs', () => {
  const servers = join(root, 'test/servers')
  const kept = readdirSync(servers, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(servers, name)).map((file) => join(name, file)))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(servers, file), 'utf8'))
  const page = readFileSync(join(root, 'docs/servers.md'), 'utf8')
  const shown = [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) =>
    code.slice(code.indexOf('\n\n')),
  )
  expect(shown.length).toBe(kept.length)
  for (const code of shown)
    expect(
      kept.filter((file) => file.includes(code)),
      code,
    ).toHaveLength(1)
})

test('the sizes in the README are the limits that size-limit holds', () => {
  const [, , { rolldown, esbuild }] = ROWS.find(
    ([, names]) => names === '{ createSession, cookieTransport }',
  ) ?? ['', '', { rolldown: '', esbuild: '' }]
  const [, stated] = /<!-- size -->(.*?)<!-- \/size -->/.exec(readme) ?? []
  expect(stated).toBe(`${rolldown} bundled by Rolldown (Vite), ${esbuild} by esbuild`)
})

test('what the README quotes of a server report is what the command prints', () => {
  const [, quoted = ''] = /^```text\n([\s\S]*?)^```/m.exec(readme) ?? []
  const reports = readFileSync(join(root, 'test/check-server/README.md'), 'utf8')
  const rows = quoted.split(/^(?=\S)/m)
  expect(rows.length).toBeGreaterThan(2)
  for (const row of rows) expect(reports).toContain(row.trimEnd())
})
