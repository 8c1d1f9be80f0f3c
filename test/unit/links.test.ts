import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path/posix'
import { expect, test } from 'vitest'
import { slugOf } from '../../docs/.vitepress/slug.ts'
import { documents, proseOf, textOf } from '../support/documents.ts'

// The links between the documents. The site's own build (`npm run docs:build`) looks at those between its pages only.

const root = join(import.meta.dirname.replaceAll('\\', '/'), '../..')

interface Link {
  readonly from: string
  readonly target: string
}

/** What can follow a `#`: the headings of a document, and the anchors that are written out. */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const prose = proseOf(markdown)
  const written = [...prose.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)
  const headings = [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => slugOf(heading))
  return new Set([...written, ...headings])
}

/** The links of a document that lead into the project. */
function linksOf(from: string): readonly Link[] {
  return [...proseOf(textOf(from)).matchAll(/(?:\]\(|(?:src|srcset|href)=")([^)\s"]+)/g)]
    .map(([, target = '']) => ({ from, target }))
    .filter(({ target }) => !/^[a-z]+:/.test(target))
}

function isDead({ from, target }: Link): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? from : normalize(join(dirname(from), path))
  // Generated from the doc comments by `npm run docs`.
  if (file === 'docs/api/index.md') return false
  if (!existsSync(join(root, file))) return true
  return anchor !== undefined && file.endsWith('.md') && !anchorsOf(textOf(file)).has(anchor)
}

test('a link of a document leads to a file that is there, and to a heading of it', () => {
  const links = documents().flatMap(linksOf)
  expect(links.length).toBeGreaterThan(100)
  expect(links.filter(isDead)).toEqual([])
})

test('a link to a file or a heading that is not there would be found', () => {
  expect(isDead({ from: 'docs/server.md', target: 'nothing.md' })).toBe(true)
  expect(isDead({ from: 'docs/server.md', target: 'protocol.md#nothing' })).toBe(true)
  expect(isDead({ from: 'docs/server.md', target: '#nothing' })).toBe(true)
  expect(isDead({ from: 'docs/server.md', target: 'protocol.md#s4' })).toBe(false)
})

test('the page of the demo names every variable that its server reads', () => {
  const read = [...textOf('demo/config.ts').matchAll(/(?:env, |env\[|seconds\()'([A-Z_]+)'/g)]
  const named = textOf('demo/README.md')
  expect(read.length).toBeGreaterThan(20)
  expect(
    read.map(([, name = '']) => name).filter((name) => !named.includes(`\`${name}\``)),
  ).toEqual([])
})
