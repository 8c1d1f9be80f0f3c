import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import { createApp, type AppDependencies } from './app.ts'
import { readConfig, type Config } from './config.ts'
import { openDatabase, type Database } from './database.ts'
import { startHousekeeping } from './housekeeping.ts'
import { logToStdout } from './log.ts'
import { openSigningKeys } from './signing-keys.ts'

/** Settings that are not given keep their defaults; the environment is not read. */
export interface StartOptions
  extends Partial<Config>, Partial<Omit<AppDependencies, 'config' | 'signingKeys'>> {
  /** Adds routes after the server's own, a page for instance. */
  readonly routes?: (app: Hono) => void
}

export interface RunningServer {
  readonly url: string
  readonly port: number
  readonly database: Database
  /** Finishes the requests that are being answered, takes no more, and closes the database unless it was given. */
  close(): Promise<void>
}

export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  const { database: given, log = logToStdout, before = [], routes, ...settings } = options
  const config = { ...readConfig({}), ...settings }
  const database = given ?? (await openDatabase(config))
  /** What ends what has been started, in order. */
  const ends: (() => Promise<void>)[] = given === undefined ? [() => database.close()] : []
  const close = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    const signingKeys = await openSigningKeys(database, config, log)
    ends.push(() => signingKeys.close())
    const app = await createApp({ config, database, signingKeys, log, before })
    routes?.(app)
    const server = createAdaptorServer({ fetch: app.fetch }) as Server
    const port = await listen(server, config)
    ends.push(startHousekeeping(database, log), () => stopListening(server))
    const url = `http://${LOCAL.includes(config.host) ? 'localhost' : config.host}:${port}`
    log({ event: 'listening', url })
    return {
      url,
      port,
      database,
      async close() {
        await close()
        log({ event: 'closed' })
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

const LOCAL = ['127.0.0.1', '0.0.0.0', '::', '::1']

function listen(server: Server, { host, port }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE'
      const message = `Port ${port} is already in use. Set PORT to another one; 0 takes any.`
      reject(isTaken ? new Error(message, { cause: error }) : error)
    })
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}

async function stopListening(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  // A browser keeps its connection open after the answer it was waiting for.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  await closed
  clearInterval(sweep)
}
