import { isSessionError, SessionError } from '../errors.ts'
import { readJson } from '../read-json.ts'
import type { RevokeContext } from '../transport.ts'
import { unavailable, type Unavailable } from './refresh-answer.ts'

/** The endpoints of an authorization server, from its metadata (RFC 8414 §2). */
export interface AuthServer {
  readonly token: string
  /** `undefined` if the server does not support revocation. */
  readonly revocation: string | undefined
}

/**
 * Reads the metadata of an issuer, from the URL of OpenID Connect Discovery 1.0 §4, or else of RFC 8414 §3. Resolves to
 * `unavailable` during an outage. Rejects if there is no answer, and with `SessionError('invalid_response')` if the
 * metadata is that of another issuer (RFC 8414 §3.3), or its endpoints are not safe for tokens.
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
      const metadata = response.ok ? await readJson(response) : null
      if (metadata) return read(issuer, metadata)
      if (outage.retryAfterMs !== undefined) break
    } catch (error) {
      if (isSessionError(error) || signal.aborted) throw error
      // A server that has only the other URL may answer this one without CORS headers, which looks like a network error.
      cause = error
    }
  }
  if (outage) return outage
  throw cause
}

/** Whether a token may be sent to a URL: by https, or to this machine (RFC 6749 §3.2, RFC 8252 §8.3). */
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
      `The metadata of "${issuer}" names another issuer; the two must be exactly the same`,
    )
  if (!isSafe(token) || !(revocation === undefined || isSafe(revocation)))
    throw new SessionError(
      'invalid_response',
      `The metadata of "${issuer}" must have https URLs as endpoints`,
    )
  return { token, revocation }
}
