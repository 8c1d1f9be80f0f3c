import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { postgresBin } from '../setup/system.mjs'

export interface Postgres {
  /** A connection string for `pg`. */
  readonly url: string
  /** Kills it as a crash would, in the middle of its work. */
  crash(): Promise<void>
  /** Starts it again on the same data. */
  start(): Promise<void>
  /** Stops it for good. */
  stop(): Promise<void>
}

/**
 * Starts a throwaway PostgreSQL server in a folder of its own. It listens on a socket in that folder only, so that no
 * two servers need the same port.
 */
export async function startPostgres(): Promise<Postgres> {
  const bin = postgresBin()
  if (bin === undefined) throw new Error('This needs PostgreSQL: install the postgresql package.')
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-postgres-'))
  const user = databaseUser()
  if (user !== undefined) chownSync(folder, user.uid, user.gid)

  const data = join(folder, 'data')
  const initialise = ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--no-sync']
  execFileSync(join(bin, 'initdb'), initialise, { ...user, cwd: folder, stdio: 'pipe' })
  const settings = ['fsync=off', 'listen_addresses=', `unix_socket_directories=${folder}`]
  let server: ChildProcess | undefined

  const start = async () => {
    const options = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]
    const started = spawn(join(bin, 'postgres'), options, {
      ...user,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    server = started
    await readyToAccept(started.stderr)
  }
  const crash = async () => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill('SIGQUIT')
    await exited
  }

  await start()
  return {
    url: `postgresql://postgres@localhost/postgres?host=${folder}`,
    crash,
    start,
    async stop() {
      await crash()
      rmSync(folder, { recursive: true })
    },
  }
}

/** PostgreSQL refuses to run as root. Its packages create a user for it. */
function databaseUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function readyToAccept(stderr: Readable): Promise<void> {
  const log: string[] = []
  for await (const line of createInterface({ input: stderr })) {
    log.push(line)
    if (line.includes('ready to accept connections')) {
      // The log is not read any more. Unread, it would fill the pipe and stop the server.
      stderr.resume()
      return
    }
  }
  throw new Error(`PostgreSQL did not start:\n${log.join('\n')}`)
}
