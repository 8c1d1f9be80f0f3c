import type { ServerClock } from './server-clock.ts'

/** The limits of a session in seconds, as in a token response. */
export interface ServerLimits {
  /** Counted from the sign-in. */
  readonly session_expires_in?: number
  /** Counted from the last renewal. */
  readonly refresh_expires_in?: number
}

/** All refresh tokens of one sign-in. The newest is the leaf. */
export interface TokenFamily {
  readonly sid: string
  readonly subject: string
  readonly bornAt: number
  readonly limits: ServerLimits
  alive: boolean
  /** The number of the newest refresh token. */
  leaf: number
  leafBornAt: number
  /** When the session ends unless the user is active. */
  idleEndsAt: number
}

/** One refresh token. */
export interface RefreshToken {
  readonly value: string
  readonly family: TokenFamily
  readonly seq: number
  /** The idempotency key it was used with, `''` if there was none. */
  spentWith?: string
  spentAt?: number
}

/** The sessions that a server knows. */
export interface TokenFamilies {
  signIn(subject: string, limits: ServerLimits): TokenFamily
  find(sid: string | undefined): TokenFamily | undefined
  all(): readonly TokenFamily[]
  token(value: string | undefined): RefreshToken | undefined
  /** The refresh token of a family with this number. */
  numbered(family: TokenFamily, seq: number): RefreshToken | undefined
  /** Replaces the leaf by the next refresh token. `idleMs` is how long ago the user was active, if the client says so. */
  rotate(token: RefreshToken, key: string | undefined, idleMs?: unknown): void
  /** Issues an access token. */
  issueAccess(family: TokenFamily): string
  /** The family of an access token; `undefined` if it is unknown, expired or revoked. */
  accessOf(token: string): TokenFamily | undefined
  /** Invalidates all access tokens that were issued so far, as a server that has lost its keys. */
  forgetAccess(): void
  /** Whether a limit of the family has passed. */
  isOver(family: TokenFamily): boolean
  /** Whether its user has been idle for too long. */
  isIdle(family: TokenFamily): boolean
}

/** Creates the sessions of a server that has just started. */
export function createTokenFamilies(
  clock: ServerClock,
  accessTtlMs: number,
  idleLimitMs: number,
): TokenFamilies {
  const families = new Map<string, TokenFamily>()
  const tokens = new Map<string, RefreshToken>()
  const access = new Map<string, { readonly family: TokenFamily; readonly expiresAt: number }>()
  let drawn = 0

  function addLeaf(family: TokenFamily): void {
    const value = nameOf(family, family.leaf)
    tokens.set(value, { value, family, seq: family.leaf })
  }

  return {
    signIn(subject, limits) {
      const sid = `s${families.size + 1}`
      const now = clock.trueTime()
      const idleEndsAt = now + idleLimitMs
      const born = { bornAt: now, leafBornAt: now, idleEndsAt }
      const family = { sid, subject, limits, ...born, alive: true, leaf: 1 }
      families.set(sid, family)
      addLeaf(family)
      return family
    },
    find: (sid) => families.get(sid ?? ''),
    all: () => [...families.values()],
    token: (value) => tokens.get(value ?? ''),
    numbered: (family, seq) => tokens.get(nameOf(family, seq)),
    rotate(token, key = '', idleMs) {
      token.spentWith = key
      token.spentAt = clock.trueTime()
      token.family.leaf++
      const { family } = token
      const now = clock.trueTime()
      family.leafBornAt = now
      // Silence gains nothing, and a longer time than before takes nothing away.
      if (typeof idleMs === 'number')
        family.idleEndsAt = Math.max(family.idleEndsAt, now - idleMs + idleLimitMs)
      addLeaf(family)
    },
    issueAccess(family) {
      const token = jwt({ sub: family.subject, sid: family.sid, n: ++drawn })
      access.set(token, { family, expiresAt: clock.trueTime() + accessTtlMs })
      return token
    },
    accessOf(token) {
      const found = access.get(token)
      return found && found.expiresAt > clock.trueTime() && found.family.alive
        ? found.family
        : undefined
    },
    forgetAccess: () => access.clear(),
    isIdle: ({ idleEndsAt }) => clock.trueTime() >= idleEndsAt,
    isOver({ limits, bornAt, leafBornAt }) {
      const { session_expires_in: session = Infinity, refresh_expires_in: refresh = Infinity } =
        limits
      const now = clock.trueTime()
      return now >= bornAt + session * 1000 || now >= leafBornAt + refresh * 1000
    },
  }
}

function nameOf({ sid }: TokenFamily, seq: number): string {
  return `refresh-${sid}-${seq}`
}

/** A JWT without a signature. The SDK never verifies tokens. */
function jwt(claims: object): string {
  const encoded = [{ alg: 'none' }, claims].map((part) => {
    const bytes = new TextEncoder().encode(JSON.stringify(part))
    const base64 = btoa(String.fromCharCode(...bytes))
    return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  })
  return [...encoded, 'unsigned'].join('.')
}
