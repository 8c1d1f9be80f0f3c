import { ORIGIN } from '../../src/testing/virtual-page.ts'
import { createFakeServer, gate, json, type FakeServer, type Seen } from './fake-server.ts'

/** The beginning of every token in the tests, so that a leaked one can be found. */
export const SECRET = 'secret'

/** A server with an auth endpoint at /auth and an API at /api/notes that takes the tokens it issued. */
export interface Backend extends FakeServer {
  /** A token response with a new access token, which the API accepts from now on. */
  issue(more?: Readonly<Record<string, unknown>>): Record<string, unknown>
  /** Makes the API refuse every token issued so far. */
  refuseIssued(): void
  refreshes(): number
  /** Answers no refresh before `open` is called. `more`: as for `issue`. */
  holdRefreshes(more?: Readonly<Record<string, unknown>>): { readonly open: () => void }
  /** The tokens that /api/notes was shown, in order; `null` for requests without one. */
  shown(path?: string): readonly (string | null)[]
}

/** `answers`: what each token response contains besides its token. */
export function createBackend(
  answers: Readonly<Record<string, unknown>> = { expires_in: 600 },
): Backend {
  const good = new Set<string>()
  let issued = 0

  function issue(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    const token = `${SECRET}-access-${String(++issued)}`
    good.add(token)
    return { access_token: token, ...answers, ...more }
  }

  const server = createFakeServer({
    '/auth/refresh': () => json(issue()),
    '/auth/logout': () => new Response(null, { status: 204 }),
    '/api/notes': (request) => (good.has(tokenOf(request) ?? '') ? json([]) : refusal()),
  })

  return {
    ...server,
    issue,
    refuseIssued: () => good.clear(),
    holdRefreshes(more) {
      const held = gate()
      server.route('/auth/refresh', async () => {
        await held.promise
        return json(issue(more))
      })
      return held
    },
    refreshes: () => server.seenAt('/auth/refresh').length,
    shown: (path = '/api/notes') => server.seenAt(path).map(tokenOf),
  }
}

/** The real fetch, except for what is sent to the auth endpoint of `backend`. */
export function overNetwork(backend: Backend): typeof fetch {
  return (input, init) =>
    typeof input === 'string' && input.startsWith(`${ORIGIN}/auth/`)
      ? backend.fetch(input, init)
      : fetch(input, init)
}

/** A 401 as in RFC 6750. */
export function refusal(challenge = 'Bearer error="invalid_token"'): Response {
  return json({ message: 'Not with this token' }, 401, { 'www-authenticate': challenge })
}

export function tokenOf({ headers }: Seen): string | null {
  return headers.get('authorization')?.replace('Bearer ', '') ?? null
}

/** A JWT without a signature. */
export function jwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'ES256' })}.${part(claims)}.${SECRET}`
}
