import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { documents } from '../support/documents.ts'
import mutation from '../mutation/vitest.config.ts'

// Comments and tests name the protocol's rules. Here docs/protocol.md is held to define each of them.

const root = join(import.meta.dirname, '../..')
const protocol = readFileSync(join(root, 'docs/protocol.md'), 'utf8')
const FOLDERS = ['src', 'test', 'demo']

/** A letter and a number, but not one that is part of a percent-encoded text. */
const RULE = /(?<![%\w])[A-Z]\d{1,2}(?!\w)/g

/** What looks like the name of a rule: a JavaScript engine, and a window system. */
const OTHER_NAMES = ['V8', 'X11']

/** The rules that a text names. */
function rulesIn(text: string): readonly string[] {
  return (text.match(RULE) ?? []).filter((name) => !OTHER_NAMES.includes(name))
}

/** The rules that the protocol defines, each by an anchor before its name in bold. */
function definedIn(markdown: string): readonly string[] {
  return [...markdown.matchAll(/<a id="(\w+)"><\/a>\*\*(\w+)\*\*/g)].map(
    ([, id = '', name = '']) => {
      expect(id).toBe(name.toLowerCase())
      return name
    },
  )
}

/** The files below a folder that somebody has written. */
function writtenIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return /^(node_modules|\..*)$/.test(entry.name) ? [] : writtenIn(path)
    return /\.(ts|tsx|js|mjs|html|md)$/.test(entry.name) ? [path] : []
  })
}

/** What GitHub makes of a heading. */
function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}

test('every rule that is named in source, tests or documents is defined in the protocol', () => {
  const defined = new Set(definedIn(protocol))
  const files = [...FOLDERS.flatMap(writtenIn), ...documents()]
  const undefinedRules = files.flatMap((file) =>
    rulesIn(readFileSync(join(root, file), 'utf8'))
      .filter((name) => !defined.has(name))
      .map((name) => `${file}: ${name}`),
  )
  expect(files.length).toBeGreaterThan(500)
  expect(undefinedRules).toEqual([])
})

test('no rule is defined twice', () => {
  const defined = definedIn(protocol)
  expect(defined.length).toBeGreaterThan(20)
  expect(defined).toEqual([...new Set(defined)])
})

test('a link within the protocol leads to a heading or to a rule', () => {
  const headings = [...protocol.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => slugOf(heading))
  const anchors = new Set([...headings, ...definedIn(protocol).map((name) => name.toLowerCase())])
  const links = [...protocol.matchAll(/\]\(#([^)]*)\)/g)].map(([, target = '']) => target)
  expect(links.length).toBeGreaterThan(20)
  expect(links.filter((target) => !anchors.has(target))).toEqual([])
})

test('a rule that is not defined would be missed, and other names are no rules', () => {
  const missing = ['Q', 1].join('')
  expect(rulesIn(`held here only (${missing}), as E1 says; S2–S7`)).toEqual([
    missing,
    'E1',
    'S2',
    'S7',
  ])
  expect(rulesIn("V8's heap, S256, %C3%A4, ID1")).toEqual([])
  expect(definedIn(protocol)).not.toContain(missing)
})

test('every test that mutants do not meet is there', () => {
  const { root: cwd = '', exclude = [] } = mutation.test ?? {}
  expect(exclude.length).toBeGreaterThan(0)
  expect(exclude.filter((pattern) => globSync(pattern, { cwd }).length === 0)).toEqual([])
})
