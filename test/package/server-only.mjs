// The built files: no entry for a page contains a line of the server's half, and the server's half contains none of the
// session in a page. Told by the source maps. Run after a build.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const IMPORTS = /\b(?:from|import|require)\s*\(?\s*['"](\.[^'"]+)['"]/g
/** What the server's half may share with a page: how an option is refused. */
const SHARED = ['misuse.ts']

const { exports } = JSON.parse(readFileSync('package.json', 'utf8'))
const counts = { page: 0, server: 0 }
for (const [path, { import: esm, require: cjs }] of Object.entries(exports)) {
  // The checks of `latchkey/testing` run the kit against a store.
  if (path === './package.json' || path === './testing') continue
  const kind = path.startsWith('./server') ? 'server' : 'page'
  for (const file of [...filesOf(esm.default), ...filesOf(cjs.default)])
    for (const source of sourcesOf(file)) {
      const isServers = source.startsWith('server/')
      const isWanted = isServers === (kind === 'server') || SHARED.includes(source)
      assert.ok(isWanted, `${path} contains ${source}, in ${file}`)
      counts[kind]++
    }
}
assert.ok(counts.page > 100 && counts.server > 20, 'the source maps name the sources')
console.log('No page contains the server’s half, and no server contains the page’s.')

/** A file, and the files that it imports, directly or not. */
function filesOf(file, found = new Set()) {
  if (found.has(file)) return []
  found.add(file)
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(IMPORTS))
    filesOf(join(dirname(file), specifier), found)
  return [...found]
}

/** The sources of a file below `src`. */
function sourcesOf(file) {
  const { sources } = JSON.parse(readFileSync(`${file}.map`, 'utf8'))
  return sources.filter((source) => source.startsWith('../src/')).map((source) => source.slice(7))
}
