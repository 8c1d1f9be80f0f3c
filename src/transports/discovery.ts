import { SessionError } from '../errors.ts'
import type { RevokeContext } from '../transport.ts'
import { unavailable, type Unavailable } from './refresh-answer.ts'

/** Where an authorization server takes what, as its metadata says (RFC 8414 §2). */
export interface AuthServer {
  readonly token: string
  /** `undefined` where it revokes nothing. */
  readonly revocation: string | undefined
}

/**
 * Looks an issuer up: where OpenID Connect Discovery 1.0 §4 puts its metadata, then where RFC 8414 §3 does. Resolves to
 * what stands in the way, if it is there to pass. Rejects where nothing answers, and with
 * `SessionError('invalid_response')` where what answers is not this issuer's (RFC 8414 §3.3), or names endpoints that
 * are no place for a token.
 */
export async function discover(
  issuer: string,
  { fetch, signal }: Pick<RevokeContext, 'fetch' | 'signal'>,
): Promise<AuthServer | Unavailable> {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/+$/, '')
  let cause: unknown
  let outage: Unavailable | undefined
  for (const url of [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ]) {
    try {
      const response = await fetch(url, {
        headers: { accept: 'application/json' },
        credentials: 'omit',
        redirect: 'manual',
        signal,
      })
      outage = unavailable(response)
      const metadata: unknown = response.ok ? await response.json().catch(() => null) : null
      if (metadata) return read(issuer, metadata)
      if (outage.retryAfterMs !== undefined) break
    } catch (error) {
      if (error instanceof SessionError || signal.aborted) throw error
      // A server that has only the other form may answer without CORS, which looks like no answer.
      cause = error
    }
  }
  if (outage) return outage
  throw cause
}

/** Whether a token may be sent there: over TLS, or not over the network (RFC 6749 §3.2, RFC 8252 §8.3). */
export function isSafe(url: unknown, base?: string): url is string {
  try {
    const { protocol, hostname } = new URL(String(url), base)
    const isLocal = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
    return url !== '' && (protocol === 'https:' || (protocol === 'http:' && isLocal))
  } catch {
    return false
  }
}

function read(issuer: string, metadata: unknown): AuthServer {
  const said = metadata as Readonly<Record<string, unknown>>
  const { token_endpoint: token, revocation_endpoint: revocation } = said
  if (said['issuer'] !== issuer)
    throw new SessionError(
      'invalid_response',
      `The metadata of "${issuer}" is that of another issuer; the two must be the same to the letter`,
    )
  if (!isSafe(token) || !(revocation === undefined || isSafe(revocation)))
    throw new SessionError(
      'invalid_response',
      `The metadata of "${issuer}" must name its endpoints by https`,
    )
  return { token, revocation }
}
