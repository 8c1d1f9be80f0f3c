import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path/posix'
import { expect, test } from 'vitest'
import { problemsOf } from '../support/compile-examples.ts'
import { blocksOf, pages, textOf } from '../support/documents.ts'
import { documentOf, filesOf } from './documentation.ts'
import { folders } from './install.ts'

/** The module that recipes import as './session': the first example of the README. */
const [session] = blocksOf(textOf('README.md')).filter(({ language }) => language === 'ts')

test.each(folders().map((folder) => [basename(folder.replaceAll('\\', '/')), folder]))(
  'the recipes of docs/recipes/%s.md compile, strictly, and so do their pages and tests',
  (_, path) => {
    const folder = path.replaceAll('\\', '/')
    const documented = new Map([
      ['session.ts', session?.code ?? ''],
      ...filesOf(documentOf(folder)),
    ])
    const own = readdirSync(folder).filter((file) => /\.tsx?$/.test(file))
    expect(own.filter((file) => documented.has(file))).toEqual([])
    const files = new Map([
      ...own.map((file) => [join(folder, file), readFileSync(join(folder, file), 'utf8')] as const),
      ...[...documented].map(([file, code]) => [join(folder, file), code] as const),
    ])
    // What they import of the tests is compiled with those, for a newer standard library.
    const problems = problemsOf(files, ['node']).filter((problem) => problem.startsWith(folder))
    expect(problems).toEqual([])
  },
)

test('every page of recipes has a folder that tests it', () => {
  expect(folders().map(documentOf).toSorted()).toEqual(pages('docs/recipes').toSorted())
})
