/** The tokens of a login or a refresh, as the transport read them. */
export interface Tokens {
  /** `null` if the browser has it in a cookie that script cannot read. */
  readonly accessToken: string | null
  /** `token_type` (RFC 6749 §7.1), as the server wrote it. @default that of the transport, usually 'Bearer' */
  readonly tokenType?: string | undefined
  /** Counted from the start of the request. @default `exp - iat` of a JWT; without them the token is used until a 401 */
  readonly expiresInMs?: number | undefined
  /** Renew this long after the start of the request, even if the token lives longer. @default shortly before it expires */
  readonly renewInMs?: number | undefined
  readonly refreshToken?: string | undefined
  /** After so long the session cannot be renewed. Where an expired access token cannot be renewed, that is `expiresInMs`. */
  readonly refreshExpiresInMs?: number | undefined
  readonly sessionExpiresInMs?: number | undefined
  /** The id of the user. @default the `sub` of the id token, else of the access token */
  readonly subject?: string | null | undefined
  /** The server's id of the session (`sid`). A logout names it, so that it cannot end a later session. */
  readonly sessionId?: string | undefined
  /** The number of the refresh token within its session (`seq`), if the server numbers them. */
  readonly sequence?: number | undefined
  readonly idToken?: string | undefined
}

/** The claims of a JWT. For display only: they are decoded, and never verified. */
export interface Claims {
  readonly sub?: string
  readonly exp?: number
  readonly iat?: number
  readonly [claim: string]: unknown
}

/** Where tokens are kept between page loads, and what other tabs can read of them. */
export interface TokenStorage {
  readonly kind: 'memory' | 'record'
  /** Tokens are stored as they are, because this browser cannot encrypt them. The session emits `degraded`. @default false */
  readonly isPlainText?: boolean
  /** Converts `tokens` to a value for the record: anything that IndexedDB can store, or `null` to keep nothing. */
  seal(tokens: Tokens): Promise<unknown>
  /** Returns the tokens that `seal` was given; `null` if they can no longer be read. */
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

/** The name of the user in a JWT (`sub`), as text: some servers send a number. */
export function subIn(token: string | null | undefined): string | undefined {
  const sub: unknown = claimsOf(token)?.sub
  return typeof sub === 'string' || typeof sub === 'number' ? String(sub) : undefined
}

/** The id of the user, as far as the tokens tell it. */
export function subjectOf(tokens: Tokens): string | null {
  if (tokens.subject !== undefined) return tokens.subject
  return subIn(tokens.idToken) ?? subIn(tokens.accessToken) ?? null
}

/** The lifetime of the access token, counted from the start of its request; `null` if it is unknown. */
export function lifetimeMsOf(tokens: Tokens): number | null {
  const { exp, iat } = claimsOf(tokens.accessToken) ?? {}
  const ms = tokens.expiresInMs ?? (exp !== undefined && iat !== undefined ? (exp - iat) * 1000 : 0)
  return ms > 0 ? ms : null
}

/** Whether an answer brings the very tokens that were shown for it, and no new lifetime. */
export function isRepeat(brought: Tokens, shown: Tokens | null): boolean {
  const { accessToken, refreshToken = shown?.refreshToken } = brought
  const isSame = accessToken === shown?.accessToken && refreshToken === shown.refreshToken
  const newLifeMs = brought.expiresInMs ?? brought.sessionExpiresInMs
  // Script cannot tell one token in a cookie from another.
  return isSame && accessToken !== null && newLifeMs === undefined
}

/**
 * The tokens to go on with when those that were `spent` have brought others. A server that does not rotate sends no refresh
 * token: the old one stays (RFC 6749 §6). So do the ID token and the type. The very object `spent` after a repeat.
 */
export function withUnnamed(brought: Tokens, spent: Tokens | null): Tokens {
  if (spent && isRepeat(brought, spent)) return spent
  return {
    ...brought,
    refreshToken: brought.refreshToken ?? spent?.refreshToken,
    tokenType: brought.tokenType ?? spent?.tokenType,
    idToken: brought.idToken ?? spent?.idToken,
  }
}

/** `Authorization: Bearer` (RFC 6750 §2.1); no header if there is no readable token. */
export function bearer({ accessToken }: Tokens): Readonly<Record<string, string>> {
  return accessToken === null ? {} : { authorization: `Bearer ${accessToken}` }
}
