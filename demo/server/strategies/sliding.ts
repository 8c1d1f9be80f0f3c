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
 * The sliding bearer token. Any answer of the API may bring the next one in a header: who uses the application stays
 * signed in, who does not runs out, and there is no endpoint to renew at. To the server every request is a sign of
 * somebody who is there, be it sent by a timer; that is what this strategy costs.
 *
 * A token past half of its life is replaced; a younger one is not, which spares most requests the database. The session
 * decides whether there is another: not once it has ended, nor past its limit.
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
    // The answer stands without one: what was asked for has been done, and the token that was shown is good until it expires.
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
