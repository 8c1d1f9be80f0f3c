import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

export interface Redis {
  /** The socket that it listens on. */
  readonly path: string
  stop(): Promise<void>
}

/**
 * Starts a throwaway Redis server in a folder of its own. It listens on a socket in that folder only, so that no two
 * servers need the same port.
 */
export async function startRedis(): Promise<Redis> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-redis-'))
  const path = join(folder, 'redis.sock')
  const options = { port: '0', unixsocket: path, dir: folder, save: '', appendonly: 'no' }
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  const server = spawn('redis-server', flags, { stdio: ['ignore', 'pipe', 'inherit'] })
  await readyToAccept(server.stdout)
  return {
    path,
    async stop() {
      const exited = once(server, 'exit')
      server.kill()
      await exited
      rmSync(folder, { recursive: true })
    },
  }
}

async function readyToAccept(stdout: Readable): Promise<void> {
  const log: string[] = []
  for await (const line of createInterface({ input: stdout })) {
    log.push(line)
    if (line.includes('eady to accept connections')) {
      // The log is not read any more. Unread, it would fill the pipe and stop the server.
      stdout.resume()
      return
    }
  }
  throw new Error(`Redis did not start:\n${log.join('\n')}`)
}
