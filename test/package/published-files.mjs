// The built files: which packages they import, that the React entry begins with 'use client', and that the types show no
// internals. Run after a build.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The packages that an entry may import: peers. All other entries import none. */
const PEERS = {
  './angular': ['@angular/core', '@angular/common', 'rxjs'],
  './dpop': ['dpop'],
  './react': ['react'],
  './server/verifier': ['jose'],
  './svelte': ['svelte'],
  './testing/msw': ['msw'],
  './vue': ['vue'],
}
const IMPORTS = /\b(?:from|import|require)\s*\(?\s*['"]([^'"]+)['"]/g
/** Names of the protocol's rules, and types that only the session itself uses. */
const INTERNALS = [
  /\b(?:[A-Z]\d|PROTOCOL|DESIGN)\b/,
  /\b(?:Tab|Ports|RecordStore|SharedRecord|SessionRecord|ResolveTarget|IdleSettings|ServerEventStream)\b/,
]

/** Rows of the refresh table, which a server is told and may log. */
const ROWS = /\bS[1-7]\b/g

const { dependencies, exports } = JSON.parse(readFileSync('package.json', 'utf8'))
assert.equal(dependencies, undefined, 'there is no runtime dependency')
const entries = Object.entries(exports).filter(([path]) => path !== './package.json')
for (const [path, { import: esm, require: cjs }] of entries) {
  const types = filesOf(esm.types).concat(filesOf(cjs.types))
  for (const file of [...filesOf(esm.default), ...filesOf(cjs.default), ...types])
    for (const specifier of importsOf(file).filter((name) => !name.startsWith('.')))
      assert.ok(PEERS[path]?.includes(packageOf(specifier)), `${file} imports ${specifier}`)

  for (const file of [esm.default, cjs.default]) {
    const isForClient = /^['"]use client['"];/.test(readFileSync(file, 'utf8'))
    assert.equal(isForClient, path === './react', `whether ${file} begins with 'use client'`)
  }

  for (const file of types)
    for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries())
      for (const internal of INTERNALS)
        assert.doesNotMatch(
          isForServer(path) ? line.replaceAll(ROWS, '') : line,
          internal,
          `${file}:${index + 1} shows an internal`,
        )
}
console.log(`The files of ${entries.length} entries import and show what they should.`)

/** The package of `@angular/common/http` is `@angular/common`. */
function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Whether an entry is for servers, or tests what one keeps. */
function isForServer(path) {
  return path.startsWith('./server') || path.startsWith('./testing')
}

/** A file, and the files that it imports, directly or not. */
function filesOf(file, found = new Set()) {
  if (found.has(file)) return []
  found.add(file)
  for (const specifier of importsOf(file))
    if (specifier.startsWith('.')) filesOf(resolveFrom(file, specifier), found)
  return [...found]
}

function importsOf(file) {
  return [...readFileSync(file, 'utf8').matchAll(IMPORTS)].map(([, specifier]) => specifier)
}

/** The file of types that an import in a file of types means: `./chunk.d.ts` for `./chunk.js`. */
function resolveFrom(file, specifier) {
  const path = join(dirname(file), specifier)
  return /\.d\.c?ts$/.test(file) ? path.replace(/\.(c?)js$/, '.d.$1ts') : path
}
