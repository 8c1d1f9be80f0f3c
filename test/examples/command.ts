import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { until, within } from '../support/patience.ts'
import { freePort } from './running-example.ts'

const START_MS = 300_000

/** Runs `npm run example NAME` until the page is there, and ends it as Ctrl-C does. Rejects if a server lives on. */
export async function runCommand(name: string): Promise<void> {
  const port = await freePort()
  const command = spawn('npm', ['run', 'example', name], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    detached: true,
    // The package has just been built.
    env: { ...process.env, PORT: String(port), npm_config_ignore_scripts: 'true' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(command, 'close')
  try {
    let output = ''
    command.stdout.on('data', (data: Buffer) => (output += data.toString()))
    await until(
      'the command says where the page is',
      () => output.includes(`Open http://localhost:${port}/`) || command.exitCode !== null,
      START_MS,
    )
    assert.equal(command.exitCode, null, output)
    const response = await fetch(`http://localhost:${port}/`)
    assert.match(await response.text(), /<title>Notes/)
  } finally {
    if (command.pid !== undefined && command.exitCode === null) process.kill(-command.pid, 'SIGINT')
    await within('the command ends', closed, START_MS)
  }
  await until('the server has ended', () => isClosed(port))
}

function isClosed(port: number): Promise<boolean> {
  return fetch(`http://localhost:${port}/`).then(
    () => false,
    () => true,
  )
}
