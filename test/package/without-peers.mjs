// The built package without any other package: every entry must load, except those that are named after the
// peer they need.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'

// Of svelte, only types are imported.
const NEEDED_PEERS = ['dpop', 'msw', 'react', 'vue']
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
    const told = execFileSync(process.execPath, ['--eval', code], { cwd: folder, encoding: 'utf8' })
    const peer = NEEDED_PEERS.find((name) => path.endsWith(`/${name}`))
    if (peer) assert.match(told, new RegExp(`Cannot find package '${peer}'`))
    else assert.equal(told, 'loaded\n', `${entry} loads`)
  }
  console.log(`${entries.length} entries load, or name the peer they lack.`)
} finally {
  rmSync(folder, { recursive: true })
}
