import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { Config } from '../config.ts'
import { arrivingWithin, listen, localUrl, stopListening } from '../http-server.ts'
import { logToStdout, type Log } from '../server/log.ts'
import { createPublishedKeys, type PublishedKeysOptions } from './published-keys.ts'
import { createResourceApp } from './resource-app.ts'

export interface ResourceServerOptions extends Pick<
  Config,
  | 'host'
  | 'port'
  | 'issuer'
  | 'audience'
  | 'accessTtlS'
  | 'renewTtlS'
  | 'mode'
  | 'allowedOrigins'
  | 'requestWithinS'
> {
  /** Where the auth server publishes its keys. */
  readonly jwksUrl: URL
  readonly keys?: PublishedKeysOptions
  readonly log?: Log
}

export interface RunningResourceServer {
  readonly url: string
  close(): Promise<void>
}

/** Starts a server that knows sessions only by the keys that sign their tokens. */
export async function startResourceServer({
  jwksUrl,
  keys: options,
  log = logToStdout,
  ...config
}: ResourceServerOptions): Promise<RunningResourceServer> {
  const keys = createPublishedKeys(jwksUrl, options)
  const app = createResourceApp({ config, keys, log })
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: arrivingWithin(config.requestWithinS),
  }) as Server
  const url = localUrl(config.host, await listen(server, config))
  log({ event: 'listening', url })
  return {
    url,
    async close() {
      await stopListening(server)
      keys.close()
      log({ event: 'closed' })
    },
  }
}
