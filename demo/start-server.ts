import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import { readConfig, type Config } from './config.ts'
import { openDatabase, type Database } from './database/database.ts'
import { createSessionStore } from './database/session-store.ts'
import { admin } from './extensions/admin/admin-routes.ts'
import { appointAdmin } from './extensions/admin/appoint-admin.ts'
import { createEventStreams } from './extensions/events/event-streams.ts'
import { events } from './extensions/events/events.ts'
import { startHousekeeping } from './extensions/housekeeping/housekeeping.ts'
import { networks } from './extensions/networks/networks.ts'
import { policies } from './extensions/policies/policies.ts'
import { stepUp } from './extensions/policies/step-up.ts'
import { openRevocations } from './extensions/revocations/revocations.ts'
import { openSigningKeys } from './extensions/signing-keys/signing-keys.ts'
import { anonymous } from './extensions/strategies/anonymous.ts'
import { modes } from './extensions/strategies/modes.ts'
import { pairBinding } from './extensions/strategies/pair-binding.ts'
import { singleToken } from './extensions/strategies/single-token.ts'
import { softExpiry } from './extensions/strategies/soft-expiry.ts'
import { createApp, type AppDependencies } from './server/app.ts'
import { createAttempts } from './extensions/protection/attempts.ts'
import { knownHosts } from './extensions/protection/known-hosts.ts'
import { loginGate } from './extensions/protection/login-gate.ts'
import { protection } from './extensions/protection/protection.ts'
import { createAddressOf } from './extensions/protection/client-address.ts'
import { arrivingWithin, listen, localUrl, stopListening } from './http-server.ts'
import { logToStdout } from './server/log.ts'
import {
  createPasswordHashing,
  type PasswordHashing,
} from './extensions/protection/password-hashing.ts'

/** Settings that are left out keep their defaults; the environment is not read. */
export interface StartOptions
  extends Partial<Config>, Partial<Pick<AppDependencies, 'database' | 'log' | 'before'>> {
  /** Threads for hashing that several servers share. @default its own */
  readonly passwords?: PasswordHashing
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
    const store = createSessionStore(database)
    const keys = await openSigningKeys(database, config, log)
    ends.push(() => keys.close())
    const revocations = await openRevocations(database, store, config, log)
    ends.push(() => revocations.close())
    await appointAdmin(database, config, log)
    const eventStreams = createEventStreams(revocations, config)
    const addressOf = createAddressOf(config)
    const attempts = createAttempts(database, config)
    const gate = loginGate(addressOf, config)
    const passwords = sharedPasswords ?? createPasswordHashing(config)
    if (sharedPasswords === undefined) ends.push(() => passwords.close())
    const extensions = [
      protection({ attempts, gate, addressOf }),
      networks(addressOf),
      policies(database, config),
      modes(database, config),
      singleToken(config, log),
      softExpiry(config),
      pairBinding(config, keys),
      revocations.extension,
      events(eventStreams),
      stepUp({ config, database, store, gate, log }),
      admin({ database, allowedOrigins: config.allowedOrigins, gate, log }),
      anonymous({ config, keys, store, attempts, addressOf, log }),
    ]
    const app = await createApp({
      config,
      database,
      store,
      keys,
      passwords,
      log,
      extensions,
      before: [...before, knownHosts(config)],
    })
    routes?.(app)
    const server = createAdaptorServer({
      fetch: app.fetch,
      serverOptions: arrivingWithin(config.requestWithinS),
    }) as Server
    const port = await listen(server, config)
    ends.push(
      startHousekeeping(database, store, log),
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
