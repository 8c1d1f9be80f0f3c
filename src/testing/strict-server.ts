import type { ServerClock } from './server-clock.ts'
import type { TokenFamilies } from './token-families.ts'
import {
  createVirtualServer,
  type ServerKind,
  type ServerProgram,
  type VirtualServerOptions,
} from './virtual-server.ts'

/** Options of {@link strictServer}. */
export interface StrictServerOptions extends VirtualServerOptions {
  /**
   * For how long a refresh token that was used, with another idempotency key or none, is answered with 409 instead of the end
   * of the session. Two applications that share a cookie jar need it. @default 0
   */
  readonly graceMs?: number | undefined
}

/**
 * An auth server in memory that follows latchkey's contract exactly: a refresh token that is sent again without the
 * idempotency key it was first used with ends the session. Each refresh token has a cookie of its own, with a number in
 * its name.
 */
export function strictServer({ graceMs = 0, ...options }: StrictServerOptions = {}): ServerProgram {
  return (clock) =>
    createVirtualServer(clock, options, (families) => strict(families, clock, graceMs))
}

function strict(families: TokenFamilies, clock: ServerClock, graceMs: number): ServerKind {
  return {
    cookieOf: ({ sid, leaf }) => `rt-${sid}-${leaf}`,
    choose(cookies, sid) {
      const ours = cookies.filter((name) => name.startsWith('rt-'))
      const groups = families
        .all()
        .filter((family) => family.alive && !families.isOver(family))
        .map((family) => `rt-${family.sid}-`)
        .filter((group) => ours.some((name) => name.startsWith(group)))
      // The youngest family that is alive; or else the one whose cookie was set last.
      const youngest = groups.at(-1) ?? groupOf(ours.at(-1) ?? '')
      const of = typeof sid === 'string' ? `rt-${sid}-` : youngest
      return ours.filter((name) => name.startsWith(of)).sort((a, b) => numberOf(b) - numberOf(a))
    },
    describe: ({ sid, leaf }) => ({ sid, seq: leaf }),

    refresh({ headers, body }, token, audit, give) {
      const { family, seq } = token
      const key = headers.get('idempotency-key') ?? undefined
      const wanted = (body['seq'] as number | undefined) ?? seq
      const isLeaf = family.leaf === seq
      if (key !== undefined && isWeak(key))
        return { status: 400, body: { error: 'invalid_request' } }

      if (isLeaf && wanted === seq) {
        audit('rotated')
        families.rotate(token, key, body['idle_ms'])
        return give()
      }
      const parent = families.numbered(family, seq - 1)
      if (isLeaf && seq > wanted && key !== undefined && parent?.spentWith === key) {
        audit('ahead')
        return give()
      }
      const isRepeated = !isLeaf && key !== undefined && token.spentWith === key
      if (isRepeated && family.leaf === seq + 1) {
        audit('repeated')
        return give()
      }
      if (isRepeated || wanted !== seq) {
        audit('superseded')
        return { status: 409, body: { error: 'refresh_superseded', seq } }
      }
      if (token.spentAt !== undefined && clock.trueTime() < token.spentAt + graceMs) {
        audit('in-grace')
        return { status: 409, body: { error: 'refresh_superseded', seq } }
      }
      audit('reused')
      family.alive = false
      return { status: 401, body: { error: 'reuse_detected' } }
    },
  }
}

/** Whether a key has less than 128 bits, in hexadecimal digits or in base64url. */
function isWeak(key: string): boolean {
  return key.length < (/^[\da-f]*$/i.test(key) ? 32 : 22)
}

function numberOf(cookie: string): number {
  return Number(cookie.slice(cookie.lastIndexOf('-') + 1))
}

/** The part of a cookie's name that is the same for all refresh tokens of a session. */
function groupOf(cookie: string): string {
  return cookie.slice(0, cookie.lastIndexOf('-') + 1)
}
