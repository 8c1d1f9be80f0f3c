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
 * `POST /anonymous`: a token for whoever asks. There is no account, no session and no row for it; all that is known of a
 * visitor is that the same one has come back. The token that one shows is its own refresh token: for as long after it has
 * expired as a refresh token may lie unused, the next one is for the same visitor.
 *
 * New visitors are counted by address, or a loop could fill whatever an application keeps of each.
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
    // Not somebody new instead: the page would go on with what belongs to another visitor.
    if (shown !== undefined && visitor === undefined)
      throw new Refusal(401, 'invalid_grant', 'No token of a visitor was shown.')
    if (visitor === undefined) await attempts.count({ address: addressOf(c), as: 'visitor' })
    const { token, expiresInS } = await anonymousTokens.sign(await nowS(), visitor)
    log({ event: 'visited', isNew: visitor === undefined })
    return c.json({ access_token: token, token_type: 'Bearer', expires_in: expiresInS })
  })
  return routes

  /** By the clock that says which key signs. */
  async function nowS(): Promise<number> {
    const rows = await database.query<{ now: number }>(
      'SELECT extract(epoch FROM clock_timestamp())::float8 AS now',
    )
    const [{ now }] = rows as [(typeof rows)[number]]
    return now
  }
}

/** `GET /visit`: the part of the API that is for visitors. It takes no other token than theirs. */
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
