import { unsignedToken } from '../../src/testing/unsigned-token.ts'
import type { ServerAnswer, ServerProgram } from '../../src/testing/virtual-server.ts'
import type { SentRequest } from '../../src/testing/virtual-network.ts'

interface Visit {
  readonly sid: string
  readonly subject: string
  isAlive: boolean
}

interface Grant {
  readonly visit: Visit
  readonly expiresAt: number
  readonly issuedAt: number
}

/** Options of {@link singleTokenServer}. */
export interface SingleTokenServerOptions {
  readonly ttlMs: number
  /**
   * Every successful answer of the API brings a new token once the one shown is past this share of its life. @default
   * never
   */
  readonly slidesAfter?: number
}

/**
 * A server with one kind of token: `POST /auth/login`, `/auth/renew` and `/anonymous` issue it, `/auth/logout` ends a
 * session, every other path is API. Tokens name their session (`sid`), answers do not.
 */
export function singleTokenServer({
  ttlMs,
  slidesAfter = Infinity,
}: SingleTokenServerOptions): ServerProgram {
  return (clock) => {
    const grants = new Map<string, Grant>()
    const visits = new Map<string, Visit>()
    const refreshes: { outcome: 'rotated'; sid: undefined; seq: undefined }[] = []
    let visitors = 0

    function begin(subject: string): Visit {
      const sid = `s${visits.size + 1}`
      const visit = { sid, subject, isAlive: true }
      visits.set(sid, visit)
      return visit
    }

    function issue(visit: Visit): string {
      const { sid, subject } = visit
      const issuedAt = clock.trueTime()
      const [iat, exp] = [issuedAt, issuedAt + ttlMs].map((ms) => Math.floor(ms / 1000))
      const token = unsignedToken({
        sub: subject,
        sid,
        iat: iat ?? 0,
        exp: exp ?? 0,
        n: grants.size,
      })
      grants.set(token, { visit, issuedAt, expiresAt: issuedAt + ttlMs })
      return token
    }

    function shownBy({ headers }: SentRequest): Grant | undefined {
      const grant = grants.get(headers.get('authorization')?.replace('Bearer ', '') ?? '')
      return grant?.visit.isAlive && clock.trueTime() < grant.expiresAt ? grant : undefined
    }

    function give(visit: Visit): ServerAnswer {
      refreshes.push({ outcome: 'rotated', sid: undefined, seq: undefined })
      return { status: 200, body: { access_token: issue(visit) } }
    }

    return {
      refreshes,
      handle(request) {
        const { path, body } = request
        const grant = shownBy(request)
        if (path === '/anonymous') return give(grant?.visit ?? begin(`visitor ${++visitors}`))
        if (path === '/auth/login') return give(begin(String(body['subject'])))
        if (!grant) return { status: 401, body: { error: 'invalid_token' } }
        const { visit, issuedAt } = grant
        if (path === '/auth/renew') return give(visit)
        if (path === '/auth/logout') visit.isAlive = false
        const age = (clock.trueTime() - issuedAt) / ttlMs
        const headers = age >= slidesAfter ? { 'x-access-token': issue(visit) } : undefined
        return { status: 200, body: { subject: visit.subject }, ...(headers && { headers }) }
      },
      signIn: (_, subject = 'alice') => ({ access_token: issue(begin(subject)) }),
      revoke(sid) {
        const visit = visits.get(sid)
        if (visit) visit.isAlive = false
      },
      isAlive: (sid) => visits.get(sid)?.isAlive === true,
      leafOf: () => 0,
      forgetAccess: () => grants.clear(),
      forget: () => refreshes.splice(0),
    }
  }
}
