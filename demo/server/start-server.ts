import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import { appointAdmin } from './appoint-admin.ts'
import { createApp, type AppDependencies } from './app.ts'
import { readConfig, type Config } from './config.ts'
import { openDatabase, type Database } from './database.ts'
import { createEventStreams } from './event-streams.ts'
import { startHousekeeping } from './housekeeping.ts'
import { arrivingWithin, listen, localUrl, stopListening } from './http-server.ts'
import { logToStdout } from './log.ts'
import { createPasswordHashing } from './password-hashing.ts'
import { openRevocations } from './revocations.ts'
import { openSigningKeys } from './signing-keys.ts'

/** Settings that are left out keep their defaults; the environment is not read. */
export interface StartOptions
  extends
    Partial<Config>,
    Partial<Omit<AppDependencies, 'config' | 'signingKeys' | 'revocations' | 'eventStreams'>> {
  /** Adds routes after the server's own, such as a page. */
  readonly routes?: (app: Hono) => void
}

export interface RunningServer {
  readonly url: string
  readonly port: number
  readonly database: Database
  /** Finishes the requests in progress, accepts no more, and closes the database and the threads for hashing unless they were given. */
  close(): Promise<void>
}

export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  const { database: given, passwords: sharedPasswords, ...others } = options
  const { log = logToStdout, before = [], routes, ...settings } = others
  // The settings given here decide who can reach this server, and `readConfig` does not see them. So no account
  // becomes an administrator by default.
  const config = { ...readConfig({}), firstAccountIsAdmin: false, ...settings }
  const database = given ?? (await openDatabase(config))
  /** How to stop each part that was started, in the order in which they were started. */
  const ends: (() => Promise<void>)[] = given === undefined ? [() => database.close()] : []
  const close = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    const signingKeys = await openSigningKeys(database, config, log)
    ends.push(() => signingKeys.close())
    const revocations = await openRevocations(database, config, log)
    ends.push(() => revocations.close())
    await appointAdmin(database, config, log)
    const eventStreams = createEventStreams(revocations, config)
    const passwords = sharedPasswords ?? createPasswordHashing(config)
    if (sharedPasswords === undefined) ends.push(() => passwords.close())
    const app = await createApp({
      config,
      database,
      signingKeys,
      revocations,
      eventStreams,
      passwords,
      log,
      before,
    })
    routes?.(app)
    const server = createAdaptorServer({
      fetch: app.fetch,
      serverOptions: arrivingWithin(config.requestWithinS),
    }) as Server
    const port = await listen(server, config)
    ends.push(
      startHousekeeping(database, log),
      () => stopListening(server),
      // Open streams would keep the server from closing for as long as a token lives.
      () => Promise.resolve(eventStreams.close()),
    )
    const url = localUrl(config.host, port)
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
