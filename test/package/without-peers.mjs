// The built package without any other package: every entry must load, except those that need a peer, and
// these must name it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'

/** The peer that each of these entries cannot load without. Of svelte, only types are imported. */
const NEEDED_PEERS = {
  './angular': '@angular/core',
  './dpop': 'dpop',
  './testing/msw': 'msw',
  './react': 'react',
  './server/verifier': 'jose',
  './vue': 'vue',
}
const { exports } = JSON.parse(readFileSync('package.json', 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'latchkey-without-peers-'))
try {
  const modules = join(folder, 'node_modules')
  for (const name of ['package.json', 'dist'])
    cpSync(name, join(modules, 'latchkey', name), { recursive: true })

  const entries = Object.keys(exports).filter((path) => path !== './package.json')
  for (const path of entries) {
    const entry = posix.join('latchkey', path)
    const code = `import('${entry}').then(() => console.log('loaded'), (error) => console.log(error.message))`
    const printed = execFileSync(process.execPath, ['--eval', code], {
      cwd: folder,
      encoding: 'utf8',
    })
    const peer = NEEDED_PEERS[path]
    if (peer) assert.match(printed, new RegExp(`Cannot find package '${peer}'`))
    else assert.equal(printed, 'loaded\n', `${entry} loads`)
  }
  console.log(`${entries.length} entries load, or name the peer they lack.`)
} finally {
  rmSync(folder, { recursive: true })
}
