// npm run test:start: what a person meets who clones the project and runs npm start. Prints how long the first byte of
// the page took, and fails if the demo installs more than it needs, or does not close on Ctrl-C or a SIGTERM to npm alone. Plain Node 20, no packages.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { root } from './setup/tools.mjs'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-clone-'))
const clone = join(folder, 'latchkey')
try {
  execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${root}`, clone])
  const first = await start()
  assert(
    !existsSync(join(clone, 'node_modules', 'vitest')),
    'The demo installs the tools of the tests.',
  )
  const second = await start((npm) => npm.kill('SIGTERM'))
  assert(!second.output.includes('Installing'), 'The demo installs its packages twice.')
  const status = execFileSync('git', ['status', '--porcelain'], { cwd: clone, encoding: 'utf8' })
  assert.equal(status, '', 'The demo changes files of the project.')
  const { packages } = JSON.parse(
    readFileSync(join(clone, 'node_modules', '.package-lock.json'), 'utf8'),
  )
  console.log(
    `First byte after ${first.seconds} s, with ${Object.keys(packages).length} packages; after ${second.seconds} s when started again.`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Runs npm start until the page is there, then ends it: as Ctrl-C does, by a signal to all of its processes, or by `end`. */
async function start(end = ({ pid }) => process.kill(-pid, 'SIGINT')) {
  const begin = performance.now()
  const demo = spawn('npm', ['start'], {
    cwd: clone,
    detached: true,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = once(demo, 'close')
  let output = ''
  const url = new Promise((resolve, reject) => {
    const read = (chunk) => {
      output += chunk
      const match = /Open (\S+) in a browser/.exec(output)
      if (match) resolve(match[1])
    }
    demo.stdout.on('data', read)
    demo.stderr.on('data', read)
    closed.then(() => reject(new Error(`npm start ended:\n${output}`)), reject)
  })
  const response = await fetch(await url)
  const seconds = ((performance.now() - begin) / 1000).toFixed(1)
  assert.equal(response.status, 200)
  assert.match(await response.text(), /<title>/)
  end(demo)
  // Its output closes when the last of its processes has ended.
  const hasEnded = await Promise.race([
    closed.then(() => true),
    setTimeout(60_000, false, { ref: false }),
  ])
  if (!hasEnded) process.kill(-demo.pid, 'SIGKILL')
  assert(hasEnded, 'A signal does not end all processes of the demo.')
  assert.match(output, /"event":"closed"/, 'A signal does not let the server close.')
  return { seconds, output }
}
