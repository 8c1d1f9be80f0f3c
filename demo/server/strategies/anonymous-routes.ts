import { Hono } from 'hono'
import type { Attempts } from '../attempts.ts'
import { bearerOf } from '../bearer-guard.ts'
import type { AddressOf } from '../client-address.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database.ts'
import type { Log } from '../log.ts'
import { Refusal } from '../refusal.ts'
import type { AnonymousTokens } from './anonymous-tokens.ts'

interface AnonymousDependencies {
  readonly anonymousTokens: AnonymousTokens
  readonly attempts: Pick<Attempts, 'count'>
  readonly database: Database
  readonly addressOf: AddressOf
  readonly config: Pick<Config, 'refreshTtlS'>
  readonly log: Log
}

/**
 * `POST /anonymous`: a token for any visitor. There is no account, no session and no row for it; the server only
 * recognises a visitor who comes back. The token is its own refresh token: until it has been expired for as long as a
 * refresh token may be unused, it is exchanged for another one of the same visitor.
 *
 * New visitors are counted by address. Otherwise a loop could fill whatever an application stores for each visitor.
 */
export function anonymousRoute({
  anonymousTokens,
  attempts,
  database,
  addressOf,
  config,
  log,
}: AnonymousDependencies): Hono {
  const routes = new Hono()
  routes.post('/anonymous', async (c) => {
    const shown = bearerOf(c)
    const visitor =
      shown === undefined ? undefined : await anonymousTokens.read(shown, config.refreshTtlS)
    // Not a token for a new visitor instead: the page would go on with data of another one.
    if (shown !== undefined && visitor === undefined)
      throw new Refusal(401, 'invalid_grant', 'No token of a visitor was shown.')
    if (visitor === undefined) await attempts.count({ address: addressOf(c), as: 'visitor' })
    const { token, expiresInS } = await anonymousTokens.sign(await nowS(), visitor)
    log({ event: 'visited', isNew: visitor === undefined })
    return c.json({ access_token: token, token_type: 'Bearer', expires_in: expiresInS })
  })
  return routes

  /** The database's clock, which also decides which key signs. */
  async function nowS(): Promise<number> {
    const rows = await database.query<{ now: number }>(
      'SELECT extract(epoch FROM clock_timestamp())::float8 AS now',
    )
    const [{ now }] = rows as [(typeof rows)[number]]
    return now
  }
}

/** `GET /visit`: the part of the API for visitors. It accepts their tokens only. */
export function visitRoute({ read }: Pick<AnonymousTokens, 'read'>): Hono {
  const routes = new Hono()
  routes.get('/visit', async (c) => {
    const visitor = await read(bearerOf(c) ?? '')
    if (visitor === undefined)
      throw new Refusal(401, 'invalid_token', "A visitor's token is required.", {
        'www-authenticate': 'Bearer realm="latchkey", error="invalid_token"',
      })
    return c.json({ sub: visitor.sub, exp: visitor.exp })
  })
  return routes
}
