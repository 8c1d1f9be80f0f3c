import type { MiddlewareHandler } from 'hono'
import type { AccessClaims, AccessTokens } from '../access-tokens.ts'
import type { BearerEnv } from '../bearer-guard.ts'
import type { AddressOf } from '../client-address.ts'
import type { Log } from '../log.ts'
import type { SingleTokenSessions } from './single-token-sessions.ts'

export const SLIDING_HEADER = 'x-access-token'

interface SlidingDependencies {
  readonly accessTokens: Pick<AccessTokens, 'sign'>
  readonly singleTokenSessions: Pick<SingleTokenSessions, 'goOn'>
  readonly addressOf: AddressOf
  readonly log: Log
}

/**
 * The sliding bearer token. Any answer of the API may bring the next token in a header. A user who uses the application
 * stays signed in, the token of any other expires, and there is no endpoint for renewals. The server counts every
 * request as activity, even one sent by a timer; that is the cost of this strategy.
 *
 * Only a token past half of its life is replaced, which saves most requests a query. The session decides whether there
 * is a next token: not after it has ended, nor past its limit.
 */
export function slidingToken({
  accessTokens,
  singleTokenSessions,
  addressOf,
  log,
}: SlidingDependencies): MiddlewareHandler<BearerEnv> {
  return async (c, next) => {
    await next()
    const { claims } = c.var
    if (claims.use !== 'sliding' || !isPastHalfLife(claims)) return
    // A failure here does not change the answer: the request has been done, and the token that was shown is valid until
    // it expires.
    const token = await successor(claims.sid, addressOf(c)).catch((error: unknown) => {
      log({ event: 'not_slid', error: String(error) })
      return undefined
    })
    if (token !== undefined) c.header(SLIDING_HEADER, token)
  }

  async function successor(sid: string, address: string): Promise<string | undefined> {
    const life = await singleTokenSessions.goOn(sid, 'sliding', { idleMs: 0, address })
    return 'over' in life ? undefined : (await accessTokens.sign(life)).token
  }
}

function isPastHalfLife({ iat, exp }: AccessClaims): boolean {
  return Date.now() / 1000 >= (iat + exp) / 2
}
