import type { Context, Hono } from 'hono'
import type { AuditEntry, SessionLimits, SessionsOptions } from '../../src/server/index.ts'
import type { AccessToken, AccessTokens, Verify } from './access-tokens.ts'
import type { Account, Accounts } from './accounts/accounts.ts'
import type { Session, SessionData, Sessions } from './sessions.ts'

/**
 * What can be added to the backend without changing it: hooks of the kit, of a sign-in and of access tokens, and routes.
 * What an extension keeps with a session, it declares as members of `SessionData`.
 */
export interface Extension {
  /** Adds routes and middleware, which come before the backend's own. */
  readonly routes?: (app: Hono, backend: Backend) => void
  /** Asked before a password is checked and before an account is made. */
  readonly attempt?: Attempt
  /** Called when the password was right. Changes how the session begins, or throws a `Refusal`. */
  readonly signIn?: (signIn: SignIn, c: Context) => SignIn | Promise<SignIn>
  readonly beforeRefresh?: SessionsOptions<SessionData>['beforeRefresh']
  /** Changes the access token of a session, and what the token response says of it. */
  readonly accessToken?: (token: AccessToken, session: Session) => AccessToken
  /** Wraps the check of access tokens. */
  readonly verify?: (verify: Verify) => Verify
  readonly audit?: (entry: AuditEntry) => void
  /** What the list of sessions shows of one, beside its device and times. */
  readonly describe?: (session: Session) => Readonly<Record<string, unknown>>
}

/**
 * Counts an attempt to sign in, or throws a `Refusal` if there were too many. Resolves to what takes the attempt back when
 * the password was right. Without a `username` no account is guessed at.
 */
export type Attempt = (c: Context, username?: string) => Promise<() => Promise<void>>

/** A session that is about to begin. */
export interface SignIn {
  readonly account: Account
  readonly delivery: 'cookie' | 'body' | 'none'
  readonly limits: Partial<SessionLimits>
  readonly data: SessionData
}

/** The backend, as the routes of an extension see it. */
export interface Backend {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly accessTokens: AccessTokens
  /** The check of access tokens as the API makes it, with that of all extensions. */
  readonly verify: Verify
  /** Asks the extensions before a password is checked. */
  readonly attempt: Attempt
}
