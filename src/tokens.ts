/** What a login or a refresh brought, as the transport read it. */
export interface Tokens {
  /** `null`: the browser carries it in a cookie that script cannot read. */
  readonly accessToken: string | null
  /** `token_type` (RFC 6749 §7.1), as the server wrote it. @default 'Bearer', but what the transport is made for */
  readonly tokenType?: string | undefined
  /** From the start of the request; without it `exp - iat`, else 401s decide. */
  readonly expiresInMs?: number | undefined
  /** Renew this long after the start of the request, though the token lives longer. @default shortly before it expires */
  readonly renewInMs?: number | undefined
  readonly refreshToken?: string | undefined
  readonly refreshExpiresInMs?: number | undefined
  readonly sessionExpiresInMs?: number | undefined
  /** Who. @default the `sub` of the id token, else of the access token */
  readonly subject?: string | null | undefined
  /** Which sign-in (`sid`); logout names it, so that it can never end the next one. */
  readonly sessionId?: string | undefined
  /** Which refresh token of the family this answer brought (`seq`); servers that do not count leave it out. */
  readonly sequence?: number | undefined
  readonly idToken?: string | undefined
}

/** For display only: decoded, never verified. */
export interface Claims {
  readonly sub?: string
  readonly exp?: number
  readonly iat?: number
  readonly [claim: string]: unknown
}

/** Where tokens rest between page loads, and what of them other tabs can read. */
export interface TokenStorage {
  readonly kind: 'memory' | 'record'
  /** Makes what the record keeps of `tokens`: anything that IndexedDB can store, `null` for nothing. */
  seal(tokens: Tokens): Promise<unknown>
  /** The tokens that `seal` was given, or `null` if they cannot be had any more. */
  open(sealed: unknown): Promise<Tokens | null>
}

/** The claims of a JWT, decoded and not verified; `null` if the token is anything else. */
export function claimsOf(token: string | null | undefined): Claims | null {
  // The payload is the second of the three parts of a JWS (RFC 7515 §3.1), in base64url.
  const [, payload = '', signature] = token?.split('.') ?? []
  if (signature === undefined) return null
  try {
    const text = atob(payload.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0))
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return isObject(claims) ? claims : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Who the tokens are for, as far as they say. */
export function subjectOf(tokens: Tokens): string | null {
  if (tokens.subject !== undefined) return tokens.subject
  return claimsOf(tokens.idToken)?.sub ?? claimsOf(tokens.accessToken)?.sub ?? null
}

/** How long the access token lives from the start of its request; `null` when only a 401 can tell. */
export function lifetimeMsOf(tokens: Tokens): number | null {
  const { exp, iat } = claimsOf(tokens.accessToken) ?? {}
  const ms = tokens.expiresInMs ?? (exp !== undefined && iat !== undefined ? (exp - iat) * 1000 : 0)
  return ms > 0 ? ms : null
}

/** The tokens of a server that renews none which has expired: for as long as it lives, an access token is a refresh token. */
export function finallyExpiring(tokens: Tokens): Tokens {
  return { ...tokens, refreshExpiresInMs: lifetimeMsOf(tokens) ?? undefined }
}

/** `Authorization: Bearer` (RFC 6750 §2.1), or nothing when there is no token to show. */
export function bearer({ accessToken }: Tokens): Readonly<Record<string, string>> {
  return accessToken === null ? {} : { authorization: `Bearer ${accessToken}` }
}
