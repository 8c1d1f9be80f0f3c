import { calculateThumbprint } from 'dpop'
import { SECRET } from './backend.ts'
import { json } from './fake-server.ts'
import { createVerifyProof, ProofError } from './verify-proof.ts'

/** The origin that issues tokens, and the one that accepts them. */
export const AUTH = 'https://auth.test'
export const API = 'https://api.test'

/** A request as it arrived. */
export interface SeenRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: string
}

/** An auth server and an API that accept no token without a proof of its key. */
export interface DpopServer {
  readonly fetch: typeof fetch
  /** Signs in the owner of a key: a token response for `session.login`. */
  signIn(pair: CryptoKeyPair): Promise<object>
  /** From now on this origin requires this nonce; `null` for none. */
  demand(origin: string, nonce: string | null): void
  /** Makes the API refuse every token issued so far. */
  refuseIssued(): void
  /** How requests to a URL are answered from now on. */
  route(url: string, answer: (request: SeenRequest) => Response): void
  seenAt(url: string): readonly SeenRequest[]
  /** The thumbprints of the keys that have signed a proof. */
  readonly keys: ReadonlySet<string>
}

export function createDpopServer(): DpopServer {
  const seen: SeenRequest[] = []
  const verifyProof = createVerifyProof()
  const nonces = new Map<string, string>()
  const routes = new Map<string, (request: SeenRequest) => Response>()
  /** The key that a token is bound to. */
  const refreshTokens = new Map<string, string>()
  const accessTokens = new Map<string, string>()
  const keys = new Set<string>()
  let issued = 0

  function issue(key: string): object {
    const n = String(++issued)
    accessTokens.set(`${SECRET}-access-${n}`, key)
    refreshTokens.set(`${SECRET}-refresh-${n}`, key)
    return {
      access_token: `${SECRET}-access-${n}`,
      token_type: 'DPoP',
      expires_in: 600,
      refresh_token: `${SECRET}-refresh-${n}`,
      sid: 'sid-1',
    }
  }

  async function refresh(request: Request, body: string): Promise<Response> {
    const key = await verifyProof(request, { nonce: nonces.get(AUTH) })
    keys.add(key)
    const { refresh_token: shown = '' } = JSON.parse(body) as { readonly refresh_token?: string }
    if (refreshTokens.get(shown) !== key) return json({ error: 'invalid_grant' }, 400)
    refreshTokens.delete(shown)
    return json(issue(key))
  }

  async function api(request: Request): Promise<Response> {
    const [scheme, token = ''] = (request.headers.get('authorization') ?? '').split(' ')
    const key = await verifyProof(request, { nonce: nonces.get(API), accessToken: token })
    keys.add(key)
    const isGood = scheme === 'DPoP' && accessTokens.get(token) === key
    return isGood ? json([]) : challenged('invalid_token')
  }

  async function answer(request: Request, body: string): Promise<Response> {
    const isAuth = request.url.startsWith(AUTH)
    try {
      return await (isAuth ? refresh(request, body) : api(request))
    } catch (error) {
      if (!(error instanceof ProofError)) throw error
      return isAuth ? json({ error: error.code }, 400) : challenged(error.code)
    }
  }

  return {
    async fetch(input, init) {
      const request = new Request(input, init)
      const body = await request.clone().text()
      const { url, method, headers } = request
      const [place = ''] = url.split(/[?#]/)
      const entry = { url, method, headers, body }
      seen.push(entry)
      const response = routes.get(place)?.(entry) ?? (await answer(request, body))
      const nonce = nonces.get(new URL(url).origin)
      if (nonce) response.headers.set('dpop-nonce', nonce)
      return Object.defineProperty(response, 'url', { value: url })
    },
    signIn: async ({ publicKey }) => issue(await calculateThumbprint(publicKey)),
    demand(origin, nonce) {
      if (nonce === null) nonces.delete(origin)
      else nonces.set(origin, nonce)
    },
    refuseIssued: () => accessTokens.clear(),
    route: (url, how) => void routes.set(url, how),
    seenAt: (url) => seen.filter((request) => request.url.split(/[?#]/)[0] === url),
    keys,
  }
}

/** A 401 as in RFC 9449 §7.1. */
export function challenged(error: string): Response {
  return json({}, 401, { 'www-authenticate': `DPoP error="${error}", algs="ES256"` })
}
