import { misuse } from '../misuse.ts'
import { recordStorage } from '../storage/record-storage.ts'
import type { Tokens } from '../tokens.ts'
import type { RevokeContext, Transport, TransportContext } from '../transport.ts'
import { discover, isSafe, type AuthServer } from './discovery.ts'
import { readTokenResponse } from './read-token-response.ts'
import { judgeRefresh, type Final, type Unavailable } from './refresh-answer.ts'

/** Options of {@link oauthTransport}: an `issuer`, or else a `tokenEndpoint`. */
export interface OAuthTransportOptions {
  /**
   * The server, to the letter as it calls itself: a slash at the end is part of that. Its endpoints are looked up when a
   * page first needs one (RFC 8414, OpenID Connect Discovery 1.0).
   */
  readonly issuer?: string | undefined
  /** Where tokens are refreshed. @default what the issuer says */
  readonly tokenEndpoint?: string | undefined
  /** Where a logout revokes the refresh token (RFC 7009). @default what the issuer says; where that says nothing, none does */
  readonly revocationEndpoint?: string | undefined
  /** The public client that the tokens were issued to. */
  readonly clientId: string
  /** What each access token is to be good for, of what was granted (RFC 6749 §6). @default all of it */
  readonly scope?: string | undefined
  /** Reads the server's answer. @default readTokenResponse */
  readonly read?: ((answer: unknown) => Tokens) | undefined
}

/** The last words of RFC 6749 §5.2, and of OpenID Connect Core §3.1.2.6 where only the user can help. */
const FINAL: Final = {
  invalid_grant: 'refresh-rejected',
  interaction_required: 'refresh-rejected',
  login_required: 'refresh-rejected',
  consent_required: 'refresh-rejected',
}

/**
 * For OAuth 2.0 and OpenID Connect servers that others run, with a public client: the refresh grant (RFC 6749 §6),
 * whether it rotates or not, and revocation (RFC 7009). The tokens rest in the record, sealed. Such servers know no
 * idempotency key, so one tab at a time asks, and an answer that is lost with its tab can cost the session (PROTOCOL
 * O1). Sign-in is the application's: hand the token response to `session.login()`. Throws a `TypeError` on misuse.
 */
export function oauthTransport(options: OAuthTransportOptions): Transport {
  const { issuer, tokenEndpoint, revocationEndpoint, clientId, scope } = options
  const { read = readTokenResponse } = options
  rejectMisuse(options)
  // What discovery finds is added.
  const endpoints = [tokenEndpoint, revocationEndpoint].filter((url) => url !== undefined)
  let found: AuthServer | undefined

  async function endpoint(
    name: keyof AuthServer,
    context: RevokeContext | TransportContext,
  ): Promise<string | undefined | Unavailable> {
    const given = name === 'token' ? tokenEndpoint : revocationEndpoint
    if (given !== undefined || issuer === undefined) return given
    if (!found) {
      const answer = await discover(issuer, context)
      if ('type' in answer) return answer
      found = answer
      endpoints.push(answer.token)
      if (answer.revocation !== undefined) endpoints.push(answer.revocation)
    }
    return found[name]
  }

  async function post(
    { fetch, signal }: RevokeContext | TransportContext,
    url: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<Response> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'application/json' },
      // Which also says the content type that needs no preflight.
      body: new URLSearchParams({ ...parameters, client_id: clientId }),
      credentials: 'omit',
      signal,
      // A redirect leads to a login page, not to tokens.
      redirect: 'manual',
    })
    // It has moved, and the issuer knows where.
    if (response.status === 404 || response.status === 410) found = undefined
    return response
  }

  return {
    id: `${issuer ?? tokenEndpoint ?? ''}#oauth:${clientId}`,
    endpoints,
    storage: recordStorage(),
    idempotent: false,
    read,
    async refresh(context) {
      const url = await endpoint('token', context)
      if (typeof url !== 'string') return { type: 'unavailable', ...url }
      const response = await post(context, url, {
        grant_type: 'refresh_token',
        refresh_token: context.tokens?.refreshToken ?? '',
        ...(scope !== undefined && { scope }),
      })
      return await judgeRefresh(response, read, FINAL)
    },
    async revoke(context) {
      const token = context.tokens?.refreshToken
      const url = token && (await endpoint('revocation', context))
      // Nothing that could be revoked, or nobody who does.
      if (!token || url === undefined || url === '') return true
      if (typeof url !== 'string') return false
      const { ok, status } = await post(context, url, { token, token_type_hint: 'refresh_token' })
      // RFC 7009 §2.2.1: asking the same again would be answered the same.
      return ok || status === 400
    },
  }
}

function rejectMisuse({
  issuer,
  tokenEndpoint,
  revocationEndpoint,
  clientId,
}: OAuthTransportOptions): void {
  if (issuer === undefined ? tokenEndpoint === undefined : !isSafe(issuer) || /[?#]/.test(issuer))
    throw misuse('issuer', 'an https URL without a query, or there must be a tokenEndpoint', issuer)
  for (const [option, url] of Object.entries({ tokenEndpoint, revocationEndpoint }))
    if (url !== undefined && !isSafe(url, 'https://this.example'))
      throw misuse(option, 'an https URL, or one of your own site', url)
  if (typeof clientId !== 'string' || clientId === '')
    throw misuse('clientId', 'what the server calls this application', clientId)
}
