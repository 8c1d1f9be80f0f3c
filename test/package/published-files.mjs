// What the built files say: which packages they import, that React's entry is one for the client, and that the types name
// nothing that an application has no use for. Run after a build.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const { dependencies, exports } = JSON.parse(readFileSync('package.json', 'utf8'))
/** The one package that an entry may import: a peer. All other entries import none. */
const PEERS = {
  './dpop': 'dpop',
  './react': 'react',
  './svelte': 'svelte',
  './testing/msw': 'msw',
  './vue': 'vue',
}
const IMPORTS = /\b(?:from|import|require)\s*\(?\s*['"]([^'"]+)['"]/g

assert.equal(dependencies, undefined, 'there is no runtime dependency')
const entries = Object.entries(exports).filter(([path]) => path !== './package.json')
for (const [path, { import: esm, require: cjs }] of entries)
  for (const file of [esm.default, cjs.default, esm.types, cjs.types])
    for (const name of packagesOf(file)) assert.equal(name, PEERS[path], `${file} imports ${name}`)

console.log(`The files of ${entries.length} entries import nothing but their peers.`)

/** The packages that a file imports, by itself or through files that it imports. */
function packagesOf(file, seen = new Set()) {
  if (seen.has(file)) return []
  seen.add(file)
  return importsOf(file).flatMap((specifier) => {
    if (!specifier.startsWith('.')) return [specifier.split('/')[0]]
    return packagesOf(resolveFrom(file, specifier), seen)
  })
}

function importsOf(file) {
  return [...readFileSync(file, 'utf8').matchAll(IMPORTS)].map(([, specifier]) => specifier)
}

/** Types import the code beside which they stand: `./chunk.js` is `./chunk.d.ts`. */
function resolveFrom(file, specifier) {
  const path = join(dirname(file), specifier)
  return /\.d\.c?ts$/.test(file) ? path.replace(/\.(c?)js$/, '.d.$1ts') : path
}
