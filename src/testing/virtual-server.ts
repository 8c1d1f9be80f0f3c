import {
  createTokenFamilies,
  type RefreshToken,
  type ServerLimits,
  type TokenFamilies,
  type TokenFamily,
} from './token-families.ts'
import type { ServerClock } from './server-clock.ts'
import type { SentRequest } from './virtual-network.ts'

/** The answer of a server. `null` clears a cookie. */
export interface ServerAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly cookies?: ReadonlyMap<string, string | null>
}

/** One refresh, as the server saw it. */
export interface RefreshAudit {
  /**
   * What the server did. `rotated`: the newest refresh token was replaced. `repeated`: a used one was sent again with its
   * idempotency key, and got the same answer. `ahead`: the newest one was sent as if it were the one before, and stays.
   * `superseded`: a used one was sent after its successor was used (409). `in-grace`: a used one was forgiven within the
   * grace period. `reused`: a used one ended the session. `refused`: the token is unknown, or its session is over.
   */
  readonly outcome:
    'refused' | 'rotated' | 'ahead' | 'repeated' | 'superseded' | 'in-grace' | 'reused'
  readonly sid: string | undefined
  readonly seq: number | undefined
}

/** An auth server and an API. */
export interface VirtualServer {
  handle(request: SentRequest): ServerAnswer
  /** All refreshes, in order. */
  readonly refreshes: readonly RefreshAudit[]
  /** Signs a user in, in the browser with this cookie jar. Returns the answer to the login call. */
  signIn(jar: Map<string, string>, subject?: string, limits?: ServerLimits): TokenAnswer
  /** Ends a session from outside. */
  revoke(sid: string): void
  isAlive(sid: string): boolean
  /** The number of the newest refresh token of a session. */
  leafOf(sid: string): number
  /** Invalidates all access tokens that were issued so far. */
  forgetAccess(): void
  /** Empties `refreshes`. */
  forget(): void
}

/** The body of a token response. */
export type TokenAnswer = Readonly<Record<string, unknown>>

/** A server that starts with the browser, on its clock. */
export type ServerProgram = (clock: ServerClock) => VirtualServer

/** Options of both servers. */
export interface VirtualServerOptions {
  /** Where refresh tokens travel. @default 'cookie' */
  readonly refreshTokensIn?: 'cookie' | 'body' | undefined
  /** How long access tokens live. @default 600_000 */
  readonly accessTtlMs?: number | undefined
  /** The URL of the auth endpoints `/login`, `/refresh` and `/logout`. All other URLs are API. @default '/auth' */
  readonly path?: string | undefined
}

/** The refresh token of a request, and the cookies of its session. */
export interface Shown {
  readonly token: RefreshToken | undefined
  readonly cookies: readonly string[]
}

/** Where the two kinds of auth server differ. */
export interface ServerKind {
  /** The name of the cookie with the newest refresh token. */
  cookieOf(family: TokenFamily): string
  /** The names of the cookies that are read: those of the session `sid` if it is given, the decisive one first. */
  choose(cookies: readonly string[], sid: unknown): readonly string[]
  refresh(
    request: SentRequest,
    token: RefreshToken,
    audit: (outcome: RefreshAudit['outcome']) => void,
    give: () => ServerAnswer,
  ): ServerAnswer
  /** The members of a token response besides the tokens and their limits. */
  describe(family: TokenFamily): TokenAnswer
}

/** Starts an auth server of the given kind. */
export function createVirtualServer(
  clock: ServerClock,
  { refreshTokensIn = 'cookie', accessTtlMs = 600_000, path: base = '/auth' }: VirtualServerOptions,
  kindOf: (families: TokenFamilies) => ServerKind,
): VirtualServer {
  const families = createTokenFamilies(clock, accessTtlMs)
  const kind = kindOf(families)
  const refreshes: RefreshAudit[] = []
  const inBody = refreshTokensIn === 'body'

  function shownBy({ body, cookies }: Pick<SentRequest, 'body' | 'cookies'>): Shown {
    if (inBody) return { token: named(body), cookies: [] }
    const names = kind.choose([...cookies.keys()], body['sid'])
    return { token: families.token(cookies.get(names[0] ?? '')), cookies: names }
  }

  /** The token in a body, unless the body names another session. */
  function named({ refresh_token: value, sid }: SentRequest['body']): RefreshToken | undefined {
    const token = families.token(value as string | undefined)
    const known = token && kind.describe(token.family)['sid']
    return sid === undefined || known === undefined || sid === known ? token : undefined
  }

  function leafValue(family: TokenFamily): string {
    return families.numbered(family, family.leaf)?.value ?? ''
  }

  function tokenAnswer(family: TokenFamily): TokenAnswer {
    const { limits, bornAt } = family
    const { session_expires_in: sessionS } = limits
    const aged = (clock.trueTime() - bornAt) / 1000
    return {
      access_token: families.issueAccess(family),
      expires_in: accessTtlMs / 1000,
      ...kind.describe(family),
      ...limits,
      // Counted from the sign-in, whereas the refresh token's limit starts again with each one.
      ...(sessionS !== undefined && { session_expires_in: sessionS - aged }),
      ...(inBody && { refresh_token: leafValue(family) }),
    }
  }

  function give(family: TokenFamily, { cookies: shown }: Shown): ServerAnswer {
    const cookies = new Map<string, string | null>(shown.map((name) => [name, null]))
    cookies.set(kind.cookieOf(family), leafValue(family))
    return { status: 200, body: tokenAnswer(family), ...(!inBody && { cookies }) }
  }

  function refresh(request: SentRequest): ServerAnswer {
    const shown = shownBy(request)
    const { token } = shown
    const audit = (outcome: RefreshAudit['outcome']): void =>
      void refreshes.push({ outcome, sid: token?.family.sid, seq: token?.seq })
    if (!token?.family.alive || families.isOver(token.family)) {
      audit('refused')
      const error = token ? 'session_revoked' : 'invalid_grant'
      return { status: 401, body: { error }, cookies: cleared(shown) }
    }
    return kind.refresh(request, token, audit, () => give(token.family, shown))
  }

  function logout(request: SentRequest): ServerAnswer {
    const shown = shownBy(request)
    const family = shown.token?.family
    const cookies = cleared(shown)
    if (!family) return { status: 401, body: { error: 'invalid_grant' }, cookies }
    if (request.body['everywhere'] === true)
      for (const other of families.all()) if (other.subject === family.subject) other.alive = false
    family.alive = false
    return { status: 204, cookies }
  }

  function login(request: SentRequest): ServerAnswer {
    const { subject = 'alice', limits = {} } = request.body as {
      subject?: string
      limits?: ServerLimits
    }
    const old = shownBy({ body: {}, cookies: request.cookies })
    return begin(subject, limits, old, [...request.cookies.values()])
  }

  /** Ends the sessions of the browser, and begins another. */
  function begin(
    subject: string,
    limits: ServerLimits,
    old: Shown,
    values: readonly string[],
  ): ServerAnswer {
    for (const value of values) {
      const family = families.token(value)?.family
      if (family) family.alive = false
    }
    return give(families.signIn(subject, limits), old)
  }

  function api({ headers }: SentRequest): ServerAnswer {
    const family = families.accessOf(headers.get('authorization')?.replace('Bearer ', '') ?? '')
    return family
      ? { status: 200, body: { sid: family.sid, subject: family.subject } }
      : { status: 401 }
  }

  const routes = new Map([
    [`${base}/refresh`, refresh],
    [`${base}/logout`, logout],
    [`${base}/login`, login],
  ])

  return {
    handle: (request) => (routes.get(request.path) ?? api)(request),
    refreshes,
    signIn(jar, subject = 'alice', limits = {}) {
      const old = shownBy({ body: {}, cookies: jar })
      const { body, cookies = [] } = begin(subject, limits, old, [...jar.values()])
      for (const [name, value] of cookies) {
        if (value === null) jar.delete(name)
        else jar.set(name, value)
      }
      return body as TokenAnswer
    },
    revoke(sid) {
      const family = families.find(sid)
      if (family) family.alive = false
    },
    isAlive: (sid) => families.find(sid)?.alive === true,
    leafOf: (sid) => families.find(sid)?.leaf ?? 0,
    forgetAccess: () => families.forgetAccess(),
    forget() {
      refreshes.length = 0
    },
  }
}

function cleared({ cookies }: Shown): ReadonlyMap<string, null> {
  return new Map(cookies.map((name) => [name, null]))
}
