import type { Context } from 'hono'
import type { AccessTokens } from './access-tokens.ts'
import type { Grant } from './refresh-tokens.ts'

/** How the refresh token travels: in an HttpOnly cookie, or in the body for clients that keep it themselves. */
export type Delivery = 'cookie' | 'body'

/** Answers with tokens, as OAuth words it (RFC 6749 §5.1) and with the limits of the session beside them. */
export async function tokenResponse(
  c: Context,
  accessTokens: AccessTokens,
  grant: Grant,
  { delivery, status = 200 }: { readonly delivery: Delivery; readonly status?: 200 | 201 },
): Promise<Response> {
  const access = await accessTokens.sign(grant)
  return c.json(
    {
      access_token: access.token,
      token_type: 'Bearer',
      expires_in: access.expiresInS,
      refresh_expires_in: Math.round(grant.refreshExpiresInS),
      session_expires_in: Math.round(grant.sessionExpiresInS),
      sid: grant.sid,
      seq: grant.seq,
      ...(delivery === 'body' && { refresh_token: grant.token }),
    },
    status,
  )
}
