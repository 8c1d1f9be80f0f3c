// @vitest-environment happy-dom
import { IDBFactory } from 'fake-indexeddb'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path/posix'
import { expect, onTestFinished, test, vi } from 'vitest'
import { VERSION } from '../../src/core/record/record.ts'
import { posted } from '../../src/core/worker/messages.ts'
import { createSession, jsonTransport } from '../../src/index.ts'
import { STORE } from '../../src/platform/database.ts'
import { textOf } from '../support/documents.ts'
import { until } from '../support/patience.ts'

// The names that docs/protocol.md publishes, and those that the code uses: tabs of two releases share them.

const [, section = ''] = textOf('docs/protocol.md').split('## Names and versions')
const [table = ''] = section.split('\n## ')
const rows = [...table.matchAll(/^\| (.*?) +\| (.*?) +\| (.*?) +\|$/gm)].map(
  ([, what = '', name = '', version = '']) => ({ what, name, version }),
)

function rowOf(what: string): { readonly name: string; readonly version: string } {
  const row = rows.find((each) => each.what === what)
  if (!row) throw new Error(`There is no row about ${what}`)
  return row
}

/** The names that a text builds from that of the session, as the protocol writes them. */
function derivedIn(text: string): readonly string[] {
  return [...text.matchAll(/`\$\{name\}(:[\w-]+(?:\$\{\w+\})?)`/g)].map(
    ([, rest = '']) => `<name>${rest.replace(/\$\{(\w+)\}/, '<$1>')}`,
  )
}

test('every name that the code derives from that of the session is published, and no other', () => {
  const root = join(import.meta.dirname.replaceAll('\\', '/'), '../../src')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  const sources = files.filter((file) => file.endsWith('.ts') && !/^testing/.test(file))
  const used = sources.flatMap((file) => derivedIn(readFileSync(join(root, file), 'utf8')))
  const published = [...table.matchAll(/`(<name>:[^`]+)`/g)].map(([, name = '']) => name)
  expect(new Set(used).size).toBeGreaterThan(3)
  expect([...new Set(published)].toSorted()).toEqual([...new Set(used)].toSorted())
})

test('a session keeps its record and its mirror where the protocol says', async () => {
  vi.stubGlobal('indexedDB', new IDBFactory())
  localStorage.clear()
  const session = createSession({ transport: jsonTransport('/auth'), name: 'shop' })
  onTestFinished(() => session.dispose())
  await session.login({ access_token: 'a', refresh_token: 'r', expires_in: 600 })
  await until('there is a mirror', () => localStorage.length > 0)

  const [database] = await indexedDB.databases()
  expect(rowOf('database').name).toBe(
    `\`${database?.name ?? ''}\`, with the object store \`${STORE}\``,
  )
  expect(rowOf('database').version).toContain(`${database?.version ?? ''}.`)
  const name = 'latchkey:shop'
  expect(section).toContain('`<name>` is `latchkey:` and the option `name`')
  expect(localStorage.key(0)).toBe(name)
  expect(rowOf('mirror').name).toContain('`<name>`')
  expect(rowOf('record').version).toContain(`\`v: ${VERSION}\``)
  expect(JSON.parse(localStorage.getItem(name) ?? '')).toMatchObject({ v: VERSION })
})

test('the version of the messages of a worker is that of the protocol', () => {
  const { latchkey } = posted({ type: 'refused', because: 'other-release' })
  expect(rowOf('messages to and from a worker').version).toContain(`\`latchkey: ${latchkey}\``)
})
