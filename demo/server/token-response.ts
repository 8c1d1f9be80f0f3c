import type { Context } from 'hono'
import type { AccessTokens } from './access-tokens.ts'
import type { Grant, Life } from './refresh-tokens.ts'

/** How the refresh token travels: in an HttpOnly cookie, or in the body for clients that keep it themselves. */
export type Delivery = 'cookie' | 'body'

/**
 * A token response as in OAuth (RFC 6749 §5.1), with the limits of the session beside it. A session without a refresh
 * token has no limit for one: `expires_in` is enough.
 */
export async function tokenResponse(
  c: Context,
  accessTokens: AccessTokens,
  grant: Grant | Life,
  options: { readonly delivery?: Delivery; readonly status?: 200 | 201 } = {},
): Promise<Response> {
  const { delivery, status = 200 } = options
  const access = await accessTokens.sign(grant)
  return c.json(
    {
      access_token: access.token,
      token_type: 'Bearer',
      expires_in: access.expiresInS,
      ...(access.softExpiresInS !== undefined && { soft_expires_in: access.softExpiresInS }),
      ...('seq' in grant && { refresh_expires_in: Math.round(grant.refreshExpiresInS) }),
      session_expires_in: Math.round(grant.sessionExpiresInS),
      sid: grant.sid,
      ...('seq' in grant && { seq: grant.seq }),
      ...('seq' in grant && delivery === 'body' && { refresh_token: grant.token }),
    },
    status,
  )
}
