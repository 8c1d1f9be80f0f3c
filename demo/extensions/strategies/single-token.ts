import type { MiddlewareHandler } from 'hono'
import { bearerOf, type BearerEnv } from '../../server/http/bearer-guard.ts'
import type { Config } from '../../config.ts'
import type { Extension } from '../../server/extension.ts'
import { shortSid, type Log } from '../../server/log.ts'
import { Refusal } from '../../server/http/refusal.ts'
import { invalid, optionalCount, optionalText, readBody } from '../../server/http/request-body.ts'
import { hasSingleToken, type SingleTokenMode } from './mode.ts'
import { renewableS } from './modes.ts'

declare module '../../server/access-tokens.ts' {
  interface AccessClaims {
    /** How this token is exchanged for the next one, if the client has no other token. */
    readonly use?: SingleTokenMode
  }
}

const SLIDING_HEADER = 'x-access-token'

/**
 * Sessions in which the access token is the client's only token. They are listed with the other devices of an account,
 * ended in the same way, and within the same limits. They cannot detect theft, because a token may be shown any number of
 * times.
 *
 * `POST /auth/renew` exchanges a token of `renew` for the next one. The client renews ahead of time, when a page is opened
 * and every hour. So a token of a week lasts as long as the user comes back once a week, within the limit of the session.
 * An expired token is refused without any leeway: a stolen token must stop working for good at some moment, and its
 * expiry is the only one there is. Nothing is spent, so a request may be repeated.
 *
 * Where tokens slide, any answer of the API may bring the next one in a header. A user who uses the application stays
 * signed in, the token of any other expires, and there is no endpoint for renewals. The server counts every request as
 * activity, even one sent by a timer; that is the cost of this strategy. Only a token past half of its life is replaced,
 * which saves most requests a query.
 */
export function singleToken(
  { accessTtlS, renewTtlS }: Pick<Config, 'accessTtlS' | 'renewTtlS'>,
  log: Log,
): Extension {
  return {
    accessToken(token, { data: { mode = 'rotating' } }) {
      return hasSingleToken(mode) ? { ...token, claims: { ...token.claims, use: mode } } : token
    },

    // All of these look the session up, so they accept a token whose claims about the account are outdated.
    routes(app, { sessions, accessTokens }) {
      app.post('/auth/renew', async (c) => {
        const idleMs = optionalCount(await readBody(c), 'idle_ms')
        const claims = await accessTokens.verify(bearerOf(c) ?? '')
        // A token of another mode is valid at the API, and nowhere here.
        if ('refused' in claims || claims.use !== 'renew')
          throw new Refusal(401, 'invalid_grant', 'No token was shown that can be renewed.')
        const how = { renewTtlS: renewableS(renewTtlS), idleMs }
        const answer = await sessions.renew(c.req.raw, claims.sid, how)
        log({ event: 'renewed', sid: shortSid(claims.sid), isRefused: !answer.ok })
        return answer
      })

      const slide: MiddlewareHandler<BearerEnv> = async (c, next) => {
        await next()
        // Set by the guard of the API, if it has let the request through.
        const { claims } = c.var as Partial<BearerEnv['Variables']>
        if (claims?.use !== 'sliding') return
        if (Date.now() / 1000 < (claims.iat + claims.exp) / 2) return
        // A failure here does not change the answer: the request has been done, and the token that was shown is valid
        // until it expires.
        try {
          const how = { renewTtlS: renewableS(accessTtlS), idleMs: 0 }
          const answer = await sessions.renew(c.req.raw, claims.sid, how)
          if (!answer.ok) return
          const { access_token } = (await answer.json()) as { readonly access_token: string }
          c.header(SLIDING_HEADER, access_token)
        } catch (error) {
          log({ event: 'not_slid', error: String(error) })
        }
      }
      app.use('/api/*', slide)

      // A client without a refresh token shows its only token, as long as that is valid.
      app.post('/auth/logout', async (c, next) => {
        const claims = await accessTokens.verify(bearerOf(c) ?? '')
        if ('refused' in claims || claims.use === undefined) return next()
        const body = await readBody(c)
        const { sub, sid } = claims
        if ((optionalText(body, 'sid') ?? sid) !== sid)
          throw new Refusal(401, 'invalid_grant', 'This token is of another session.')
        const { everywhere = false } = body
        if (typeof everywhere !== 'boolean') throw invalid('everywhere must be true or false.')
        if (everywhere && (await isAlive(sub, sid)))
          await sessions.endAll(sub, { reason: 'logout_everywhere' })
        await sessions.end(sid, 'logout')
        log({ event: 'logout', sid: shortSid(sid) })
        return c.body(null, 204)
      })

      /** A session that is over must not end the others: its token may be with the person it was ended against. */
      async function isAlive(sub: string, sid: string): Promise<boolean> {
        return (await sessions.list(sub)).some((session) => session.sid === sid)
      }
    },
  }
}
