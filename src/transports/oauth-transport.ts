import { misuse, ownOptions } from '../misuse.ts'
import { recordStorage } from '../storage/record-storage.ts'
import type { Tokens } from '../tokens.ts'
import type { RevokeContext, Transport, TransportContext } from '../transport.ts'
import { discover, isSafe, type AuthServer } from './discovery.ts'
import { readTokenResponse } from './read-token-response.ts'
import {
  judgeRefresh,
  readRefused,
  type Final,
  type RefusalOptions,
  type Unavailable,
} from './refresh-answer.ts'

/** Options of {@link oauthTransport}: an `issuer`, or else a `tokenEndpoint`. */
export interface OAuthTransportOptions extends RefusalOptions {
  /**
   * The issuer, exactly as the server's metadata names it, including a slash at the end. Its endpoints are looked up when
   * a page first needs one (RFC 8414, OpenID Connect Discovery 1.0).
   */
  readonly issuer?: string | undefined
  /** Where tokens are refreshed. @default the issuer's `token_endpoint` */
  readonly tokenEndpoint?: string | undefined
  /** Where a logout revokes the refresh token (RFC 7009). @default the issuer's `revocation_endpoint`; without one, a logout revokes nothing */
  readonly revocationEndpoint?: string | undefined
  /** The public client that the tokens were issued to. */
  readonly clientId: string
  /** The scope of each access token, a subset of what was granted (RFC 6749 §6). @default all of it */
  readonly scope?: string | undefined
  /** Reads the server's answer. @default readTokenResponse */
  readonly read?: ((answer: unknown) => Tokens) | undefined
}

/** The errors that end the session: RFC 6749 §5.2, and those of OpenID Connect Core §3.1.2.6 that only a sign-in resolves. */
const FINAL: Final = {
  invalid_grant: 'refresh-rejected',
  interaction_required: 'refresh-rejected',
  login_required: 'refresh-rejected',
  consent_required: 'refresh-rejected',
}

/**
 * For OAuth 2.0 and OpenID Connect servers, with a public client: the refresh grant (RFC 6749 §6), with or without
 * rotation, and revocation (RFC 7009). Tokens are kept in the record, sealed. Such servers do not support idempotency
 * keys, so one tab at a time refreshes, and a tab that is closed before its answer arrives can cost the session. The
 * application signs the user in and passes the token response to `session.login()`. Throws a `TypeError` on misuse.
 */
export function oauthTransport(given: OAuthTransportOptions): Transport {
  const options = ownOptions(given) as OAuthTransportOptions
  const { issuer, tokenEndpoint, revocationEndpoint, clientId, scope } = options
  const { read = readTokenResponse } = options
  const refused = readRefused(options)
  rejectMisuse(options)
  // Discovery adds what it finds.
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
      // Sets a content type that needs no CORS preflight.
      body: new URLSearchParams({ ...parameters, client_id: clientId }),
      credentials: 'omit',
      signal,
      // A redirect would lead to a login page, not to tokens.
      redirect: 'manual',
    })
    // The endpoint may have moved: look it up again before the next call.
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
      return await judgeRefresh(response, read, refused, FINAL)
    },
    async revoke(context) {
      const token = context.tokens?.refreshToken
      const url = token && (await endpoint('revocation', context))
      // There is no token to revoke, or no endpoint that revokes it.
      if (!token || url === undefined || url === '') return true
      if (typeof url !== 'string') return false
      const { ok, status } = await post(context, url, { token, token_type_hint: 'refresh_token' })
      // A 400 would be the answer to a repetition, too (RFC 7009 §2.2.1).
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
    throw misuse('clientId', 'the client id of this application at the server', clientId)
}
