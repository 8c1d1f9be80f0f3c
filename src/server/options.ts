import { misuse } from '../misuse.ts'
import type { SessionEnd } from './document.ts'
import type { Body } from './http/body.ts'
import { checkCookieName, type CookieOptions } from './http/cookies.ts'
import { LIMITS, withLimits, type GivenLimits, type SessionLimits } from './limits.ts'
import type { Session } from './sessions.ts'
import type { SessionStore } from './store.ts'

/** Options of {@link createSessions}. */
export interface SessionsOptions<Data = undefined> {
  readonly store: SessionStore
  /**
   * Makes the access token of a session that has just been started or renewed, such as a signed JWT that names `sid` and
   * expires in `expiresInS`, counted from `at`, which is the time of the store. An object becomes part of the token
   * response (`{ access_token, id_token, … }`), and can shorten what that says of lifetimes.
   */
  readonly accessToken: (
    session: Session<Data>,
    life: { readonly at: number; readonly expiresInS: number },
  ) => Promised<string | ({ readonly access_token: string } & Readonly<Record<string, unknown>>)>
  /** @default 5 minutes, 30 days, 90 days, and no idle limit */
  readonly limits?: GivenLimits | undefined
  /** A sign-in beyond so many live sessions of one subject ends the oldest, with the reason `too_many_sessions`. @default no limit */
  readonly maxSessionsPerSubject?: number | undefined
  /**
   * For so many seconds a spent token is answered 409 instead of ending the session (S6): for clients that send no
   * `Idempotency-Key`, and for two applications that share a cookie jar. Of one session, at most the last 16 spent tokens
   * are forgiven. @default 0
   */
  readonly graceS?: number | undefined
  readonly cookie?: CookieOptions | undefined
  /** Origins of pages that may call the endpoints, beside the server's own. @default none */
  readonly origins?: readonly string[] | undefined
  /**
   * Called before a token is renewed, to look whether the account may go on (deactivated, password reset), or to change
   * the application's data, which the access token is then made of. The data is stored if the token is rotated. Called
   * again if another request was faster.
   */
  readonly beforeRefresh?:
    | ((
        session: Session<Data>,
        context: {
          readonly request: Request
          readonly body: Body
          /** The number of the refresh token that was shown; the session has that of the newest. */
          readonly seq: number
        },
      ) => Promised<RefreshVerdict<Data> | undefined>)
    | undefined
  /** Called first with each refresh and logout. A number of seconds refuses it: 429 with `Retry-After`. */
  readonly throttle?: ((request: Request) => Promised<number | undefined>) | undefined
  /** Tokens of another make, such as those of a table that you are moving away from. */
  readonly foreign?: ForeignTokens<Data> | undefined
  /** Called with what has happened. It is never told a token. What it throws, the request rejects with. */
  readonly audit?: ((entry: AuditEntry) => void) | undefined
}

/** What `beforeRefresh` decides: to end the session, or to go on with other data. */
export type RefreshVerdict<Data> =
  | {
      /** Why the session ends. It becomes the reason of its end, and `error_description`. */
      readonly end: string
      /** `session_expired` asks for a new sign-in without saying that anything was revoked. @default 'session_revoked' */
      readonly error?: 'session_revoked' | 'session_expired' | undefined
    }
  | { readonly data: Data }

/** How refresh tokens of another make become sessions when they are first shown. No user is signed out by the move. */
export interface ForeignTokens<Data> {
  /** The name of the cookie that carries such a token. @default only in the body */
  readonly cookie?: string | undefined
  /**
   * Looks up a token; `undefined` if it is unknown, spent or expired. Called for a token without a document, so two
   * requests may ask at the same time, and both must be answered the same. Let no row outlive `sessionTtlS`.
   */
  resolve(token: string): Promised<Start<Data> | undefined>
}

/** A session that is to begin. */
export type Start<Data> = {
  /** The user: what `list` and `endAll` go by. */
  readonly subject: string
  /** Limits of this session that differ from the server's. */
  readonly limits?: GivenLimits | undefined
} & (undefined extends Data ? Partial<StartData<Data>> : StartData<Data>)

/** The application's part of a session. */
export interface StartData<Data> {
  /** What the application keeps with the session: a device name, a role. Must survive JSON. */
  readonly data: Data
}

/** Something that has happened to a session. */
export interface AuditEntry {
  readonly event: 'started' | 'refresh' | 'logout' | 'ended'
  /** Missing if no known token was shown. */
  readonly sid?: string | undefined
  readonly subject?: string | undefined
  /** The row of the refresh table that answered. */
  readonly row?: 'S1' | 'S2' | 'S3' | 'S4' | 'S5' | 'S6' | 'S7' | undefined
  /** Why a session has ended, or a refresh was refused. */
  readonly reason?: string | undefined
  /** Of `ended`: when, and until when its access tokens have to be refused. */
  readonly end?: SessionEnd | undefined
}

/** A value, now or later. */
export type Promised<Value> = Value | Promise<Value>

/** The options with their defaults. */
export type Settings<Data> = Omit<SessionsOptions<Data>, 'limits' | 'graceS' | 'origins'> & {
  readonly limits: SessionLimits
  readonly graceS: number
  readonly origins: readonly string[]
}

const DAY_S = 24 * 60 * 60
const METHODS = ['now', 'read', 'write', 'list', 'endedSince'] as const

/** Fills in the defaults. Throws a `TypeError` that names the option that cannot be used. */
export function settingsOf<Data>(options: SessionsOptions<Data>): Settings<Data> {
  const { store, accessToken, maxSessionsPerSubject, graceS = 0, origins = [], foreign } = options
  for (const method of METHODS)
    if (typeof (store as SessionStore | undefined)?.[method] !== 'function')
      throw misuse('store', `a store with the method "${method}"`, store)
  if (typeof accessToken !== 'function') throw misuse('accessToken', 'a function', accessToken)
  for (const hook of ['beforeRefresh', 'throttle', 'audit'] as const)
    if (options[hook] !== undefined && typeof options[hook] !== 'function')
      throw misuse(hook, 'a function', options[hook])
  if (!(maxSessionsPerSubject === undefined || isCount(maxSessionsPerSubject)))
    throw misuse('maxSessionsPerSubject', 'a whole number above 0', maxSessionsPerSubject)
  if (!(typeof graceS === 'number' && graceS >= 0 && graceS < DAY_S))
    throw misuse('graceS', 'less than a day, in seconds', graceS)
  if (!Array.isArray(origins) || origins.some((origin) => !isOrigin(origin)))
    throw misuse('origins', 'a list of origins such as "https://app.example.com"', origins)
  if (foreign && typeof foreign.resolve !== 'function')
    throw misuse('foreign.resolve', 'a function', foreign.resolve)
  if (foreign?.cookie !== undefined) checkCookieName('foreign.cookie', foreign.cookie)
  return { ...options, limits: withLimits(LIMITS, options.limits), graceS, origins }
}

/** The data of a session that is to begin. */
export function dataOf<Data>(start: Start<Data>): Data {
  // It may be missing only where `Data` may be undefined.
  return start.data as Data
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > 0
}

function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value
}
