import { unsignedToken } from '../../src/testing/unsigned-token.ts'
import type { ServerAnswer, ServerProgram } from '../../src/testing/virtual-server.ts'
import type { SentRequest } from '../../src/testing/virtual-network.ts'

interface Grant {
  readonly subject: string
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

/** A server with one kind of token: `POST /auth/renew` and `POST /anonymous` issue it, every other path is API. */
export function singleTokenServer({
  ttlMs,
  slidesAfter = Infinity,
}: SingleTokenServerOptions): ServerProgram {
  return (clock) => {
    const grants = new Map<string, Grant>()
    const refreshes: { outcome: 'rotated'; sid: undefined; seq: undefined }[] = []
    let visitors = 0

    function issue(subject: string): string {
      const issuedAt = clock.trueTime()
      const [iat, exp] = [issuedAt, issuedAt + ttlMs].map((ms) => Math.floor(ms / 1000))
      const token = unsignedToken({ sub: subject, iat: iat ?? 0, exp: exp ?? 0, n: grants.size })
      grants.set(token, { subject, issuedAt, expiresAt: issuedAt + ttlMs })
      return token
    }

    function shownBy({ headers }: SentRequest): Grant | undefined {
      const grant = grants.get(headers.get('authorization')?.replace('Bearer ', '') ?? '')
      return grant && clock.trueTime() < grant.expiresAt ? grant : undefined
    }

    function give(subject: string): ServerAnswer {
      refreshes.push({ outcome: 'rotated', sid: undefined, seq: undefined })
      return { status: 200, body: { access_token: issue(subject) } }
    }

    return {
      refreshes,
      handle(request) {
        const grant = shownBy(request)
        if (request.path === '/anonymous') return give(grant?.subject ?? `visitor ${++visitors}`)
        if (!grant) return { status: 401, body: { error: 'invalid_token' } }
        if (request.path === '/auth/renew') return give(grant.subject)
        const age = (clock.trueTime() - grant.issuedAt) / ttlMs
        const headers = age >= slidesAfter ? { 'x-access-token': issue(grant.subject) } : undefined
        return { status: 200, body: { subject: grant.subject }, ...(headers && { headers }) }
      },
      signIn: (_, subject = 'alice') => ({ access_token: issue(subject) }),
      revoke: () => undefined,
      isAlive: () => true,
      leafOf: () => 0,
      forgetAccess: () => grants.clear(),
      forget: () => refreshes.splice(0),
    }
  }
}
