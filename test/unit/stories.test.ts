import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

// test/README.md says which test shows which story. This test keeps that table true.

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const STORIES = 57

/** The stories that do not apply to latchkey; the table says why. */
const NOT_HERE = [34, 49]

interface Row {
  readonly number: number
  readonly named: readonly { readonly file: string; readonly title: string }[]
}

/** The rows of the table: a number, a story, and the tests that tell it: a `file` and “titles”, as often as need be. */
function rowsOf(markdown: string): readonly Row[] {
  return [...markdown.matchAll(/^\| +(\d+) +\|.*$/gm)].map(([row, number]) => ({
    number: Number(number),
    named: [...row.matchAll(/`([\w/-]+\.test\.ts)`((?:[ ,]*“[^”]+”)+)/g)].flatMap(
      ([, file = '', titles = '']) =>
        [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => ({ file, title })),
    ),
  }))
}

/** The titles of a file's tests, each after those of the `describe`s around it. */
function titlesOf(file: string): ReadonlySet<string> {
  const path = join(root, file)
  if (!existsSync(path)) return new Set()
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest)
  const found = new Set<string>()
  function walk(node: ts.Node, around: readonly string[]): void {
    const title = titleOf(node)
    const path = title === undefined ? around : [...around, title]
    if (title !== undefined) found.add(path.join(' › '))
    ts.forEachChild(node, (child) => walk(child, path))
  }
  walk(source, [])
  return found
}

/** The title, if `node` is a call of `test`, `describe`, `test.each(…)` and so on. */
function titleOf(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node)) return undefined
  let callee: ts.Expression = node.expression
  while (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee))
    callee = callee.expression
  const [title] = node.arguments
  const isTest = ts.isIdentifier(callee) && /^(test|describe)$/.test(callee.text)
  return isTest && title && ts.isStringLiteralLike(title) ? title.text : undefined
}

const rows = rowsOf(readme)

test('the table has every story, in order', () => {
  expect(rows.map(({ number }) => number)).toEqual(
    Array.from({ length: STORIES }, (_, index) => index + 1),
  )
})

test('every story is told by a test, but for those that latchkey has nothing to do with', () => {
  const untold = rows.filter(({ named }) => named.length === 0)
  expect(untold.map(({ number }) => number)).toEqual(NOT_HERE)
})

test('each test that the table names is there, under that name', () => {
  const files = new Set(rows.flatMap(({ named }) => named.map(({ file }) => file)))
  const titles = new Map([...files].map((file) => [file, titlesOf(file)]))
  const missing = rows.flatMap(({ number, named }) =>
    named
      .filter(({ file, title }) => !titles.get(file)?.has(title))
      .map(({ file, title }) => `${number}: ${file} “${title}”`),
  )
  expect(missing).toEqual([])
})

test('a name that is not there would be missed', () => {
  expect(titlesOf('unit/stories.test.ts')).toContain('a name that is not there would be missed')
  expect(titlesOf('unit/stories.test.ts')).not.toContain('a name that is not there')
  expect(titlesOf('unit/none.test.ts').size).toBe(0)
})
