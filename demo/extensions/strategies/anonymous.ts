import type { SessionStore } from '../../../src/server/index.ts'
import type { Keys } from '../../server/access-tokens.ts'
import { bearerOf } from '../../server/http/bearer-guard.ts'
import type { AddressOf } from '../protection/client-address.ts'
import type { Attempts } from '../protection/attempts.ts'
import type { Config } from '../../config.ts'
import type { Extension } from '../../server/extension.ts'
import type { Log } from '../../server/log.ts'
import { Refusal } from '../../server/http/refusal.ts'
import { createAnonymousTokens } from './anonymous-tokens.ts'

interface AnonymousDependencies {
  readonly config: Pick<Config, 'issuer' | 'audience' | 'accessTtlS' | 'refreshTtlS'>
  readonly keys: Keys
  readonly store: Pick<SessionStore, 'now'>
  readonly attempts: Pick<Attempts, 'count'>
  readonly addressOf: AddressOf
  readonly log: Log
}

/**
 * `POST /auth/anonymous`: a token for any visitor. There is no account, no session and no row for it; the server only
 * recognises a visitor who comes back. The token is its own refresh token: until it has been expired for as long as a
 * refresh token may be unused, it is exchanged for another one of the same visitor. `GET /api/visit` is the part of the
 * API for visitors. It accepts their tokens only.
 *
 * New visitors are counted by address. Otherwise a loop could fill whatever an application stores for each visitor.
 */
export function anonymous({
  config,
  keys,
  store,
  attempts,
  addressOf,
  log,
}: AnonymousDependencies): Extension {
  const tokens = createAnonymousTokens(config, keys)
  return {
    routes(app) {
      app.post('/auth/anonymous', async (c) => {
        const shown = bearerOf(c)
        const visitor =
          shown === undefined ? undefined : await tokens.read(shown, config.refreshTtlS)
        // Not a token for a new visitor instead: the page would go on with data of another one.
        if (shown !== undefined && visitor === undefined)
          throw new Refusal(401, 'invalid_grant', 'No token of a visitor was shown.')
        if (visitor === undefined) await attempts.count({ address: addressOf(c), as: 'visitor' })
        // The store's clock also decides which key signs.
        const { token, expiresInS } = await tokens.sign((await store.now()) / 1000, visitor)
        log({ event: 'visited', isNew: visitor === undefined })
        return c.json({ access_token: token, token_type: 'Bearer', expires_in: expiresInS })
      })

      app.get('/api/visit', async (c) => {
        const visitor = await tokens.read(bearerOf(c) ?? '')
        if (visitor === undefined)
          throw new Refusal(401, 'invalid_token', "A visitor's token is required.", {
            'www-authenticate': 'Bearer realm="latchkey", error="invalid_token"',
          })
        return c.json({ sub: visitor.sub, exp: visitor.exp })
      })
    },
  }
}
