import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path/posix'
import { expect, test } from 'vitest'
import { problemsOf } from '../support/compile-examples.ts'
import { blocksOf, pages, textOf } from '../support/documents.ts'
import { documentOf, filesOf } from './documentation.ts'
import { folders } from './install.ts'

/** The module that recipes import as './session': the first example of the README. */
const [session] = blocksOf(textOf('README.md')).filter(({ language }) => language === 'ts')

/** The files of a folder, and beside them those of the documentation. */
function applicationIn(folder: string): readonly (readonly [path: string, code: string])[] {
  const documented = new Map([['session.ts', session?.code ?? ''], ...filesOf(documentOf(folder))])
  const own = readdirSync(folder).filter((file) => /\.tsx?$/.test(file))
  expect(own.filter((file) => documented.has(file))).toEqual([])
  return [
    ...own.map((file) => [join(folder, file), readFileSync(join(folder, file), 'utf8')] as const),
    ...[...documented].map(([file, code]) => [join(folder, file), code] as const),
  ]
}

test('the recipes compile, strictly, and so do their pages and tests', () => {
  // As TypeScript writes paths, on Windows too.
  const places = folders().map((folder) => folder.replaceAll('\\', '/'))
  const problems = problemsOf(new Map(places.flatMap(applicationIn)), ['node'])
  // What they import of the other tests is compiled with those, for a newer standard library.
  const isOwn = (problem: string): boolean =>
    places.some((folder) => problem.startsWith(`${folder}/`))
  expect(problems.filter(isOwn)).toEqual([])
})

test('every page of recipes has a folder that tests it', () => {
  expect(folders().map(documentOf).toSorted()).toEqual(pages('docs/recipes').toSorted())
})
