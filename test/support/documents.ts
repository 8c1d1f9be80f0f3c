import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path/posix'

// As TypeScript writes paths, on Windows too.
const root = join(import.meta.dirname.replaceAll('\\', '/'), '../..')

/** A code block of a document: the language after the fence, and the code. */
export interface Block {
  readonly language: string
  readonly code: string
}

/** Every Markdown file that readers are sent to, by its path from the root: at the root, in `docs`, and the READMEs below. */
export function documents(): readonly string[] {
  return [
    ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
    ...['demo/README.md', 'test/README.md', 'test/check-server/README.md'],
    ...pages(),
  ]
}

/** The pages of the site, by their paths from the root. The generated reference is not among them. */
export function pages(folder = 'docs'): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return /^(node_modules|api|\..*)$/.test(entry.name) ? [] : pages(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

/** The text of a document. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The code blocks of a document, in their order. */
export function blocksOf(markdown: string): readonly Block[] {
  return [...markdown.matchAll(/^```(\S*)[^\n]*\n([\s\S]*?)^```/gm)].map(
    ([, language = '', code = '']) => ({ language, code }),
  )
}

/** A document without its code blocks. */
export function proseOf(markdown: string): string {
  return markdown.replaceAll(/^```[\s\S]*?^```/gm, '')
}
