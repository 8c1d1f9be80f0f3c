import { basename } from 'node:path'
import { blocksOf, textOf } from '../support/documents.ts'

/** The page of the documentation that a folder of recipes tests: that of the same name. */
export function documentOf(folder: string): string {
  return `docs/recipes/${basename(folder)}.md`
}

/**
 * The files that a page of the documentation has, by their names. A TypeScript block begins with its file's name:
 * `// axios.ts`. Throws for a block without a name, because no test would run it.
 */
export function filesOf(document: string): ReadonlyMap<string, string> {
  const blocks = blocksOf(textOf(document)).filter(({ language }) => /^tsx?$/.test(language))
  return new Map(
    blocks.map(({ code }) => {
      const [, name] = /^\/\/ ([\w-]+\.tsx?)\n/.exec(code) ?? []
      if (name === undefined) throw new Error(`A block of ${document} does not name its file`)
      return [name, code]
    }),
  )
}
