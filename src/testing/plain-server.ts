import type { TokenFamilies } from './token-families.ts'
import {
  createVirtualServer,
  type ServerKind,
  type ServerProgram,
  type VirtualServerOptions,
} from './virtual-server.ts'
import type { ServerClock } from './server-clock.ts'

const COOKIE = 'refresh_token'

/** Options of {@link plainServer}. */
export interface PlainServerOptions extends VirtualServerOptions {
  /** For how long a refresh token that was used is accepted again. @default 0 */
  readonly graceMs?: number | undefined
}

/**
 * An auth server in memory as most articles describe it: one cookie, no idempotency keys, no sequence numbers, no session
 * ids. Refresh tokens rotate. One that was used more than `graceMs` ago ends the session.
 */
export function plainServer({ graceMs = 0, ...options }: PlainServerOptions = {}): ServerProgram {
  return (clock) =>
    createVirtualServer(clock, options, (families) => plain(families, clock, graceMs))
}

function plain(families: TokenFamilies, clock: ServerClock, graceMs: number): ServerKind {
  return {
    cookieOf: () => COOKIE,
    choose: (cookies) => cookies.filter((name) => name === COOKIE),
    describe: () => ({}),

    refresh({ body }, token, audit, give) {
      const { family, seq, spentAt } = token
      if (family.leaf === seq) {
        audit('rotated')
        families.rotate(token, undefined, body['idle_ms'])
        return give()
      }
      if (spentAt !== undefined && clock.trueTime() < spentAt + graceMs) {
        audit('in-grace')
        return give()
      }
      audit('reused')
      family.alive = false
      return { status: 401, body: { error: 'invalid_grant' } }
    },
  }
}
