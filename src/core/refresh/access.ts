import { isSessionError, SessionError } from '../../errors.ts'
import { ownOptions } from '../../misuse.ts'
import { freshness } from '../record/freshness.ts'
import { sessionOver } from '../session/scope.ts'
import type { Held, Tab } from '../session/tab.ts'
import { abortable } from '../time/abortable.ts'
import type { SessionMs } from '../time/moments.ts'
import { singleFlight } from '../time/single-flight.ts'
import type { Time } from '../time/time.ts'
import { neededBeyond, type Renewal } from './renewal.ts'

/** Gets tokens for one use of them. */
export interface Access {
  /**
   * The tokens at hand, or newer ones; `null` when no user is signed in. Rejects with `session_ended`,
   * `session_changed`, `refresh_unavailable` or the signal's reason.
   */
  obtain(want: Want): Promise<Held | null>
  /** Tokens newer than those of generation `used`. */
  newer(session: string, used: number, wait?: Wait): Promise<Held>
}

/** How long a caller waits. */
export interface Wait {
  readonly signal?: AbortSignal | null | undefined
  /** Since when, on the uptime clock. @default now */
  readonly since?: number | undefined
  /** @default that of the session */
  readonly maxWaitMs?: number | undefined
}

/** Which tokens a caller wants. */
export interface Want extends Wait {
  /** Whether these tokens, which have not expired, will do. */
  readonly isEnough: (held: Held, now: SessionMs, lifetimeMs: number) => boolean
  /** If no others can be had, tokens that have not expired will do after all. */
  readonly makesDo?: boolean
}

/** Creates the access of one tab. */
export function createAccess(deps: {
  readonly time: Time
  readonly tab: Tab
  readonly renewal: Renewal
  /** Restoring is over, or has taken longer than the caller waits. */
  readonly ready: (atMostMs?: number) => Promise<unknown>
  /** A look at the record, where G4 asks for one; ends a session whose time is up. */
  readonly look: () => Promise<void>
}): Access {
  const { time, tab, renewal, ready } = deps
  // Requests made at once can share a look. A hint cannot: it may be of what a look under way has missed.
  const look = singleFlight(deps.look)

  const obtain: Access['obtain'] = async ({ isEnough, makesDo = false, ...wait }) => {
    const { signal } = wait
    const since = time.uptime()
    // The caller has seen this session; a token of another one will not do.
    const seen = tab.state.status === 'logged-in' ? tab.record?.session : undefined
    await abortable(ready(wait.maxWaitMs), signal)
    const session = seen ?? tab.record?.session
    // Restoring may take longer than the caller waits, though it is known already that no user is signed in.
    if (!seen && (tab.state.status === 'logged-out' || tab.record?.status === 'logged-out'))
      return null
    if (!tab.isCurrent(time.sessionNow())) await abortable(look(), signal)
    const { record, held } = tab
    if (!session || record?.session !== session) throw sessionOver(record)

    const now = time.sessionNow()
    const state = held && freshness(held, now)
    if (held && state !== 'expired' && isEnough(held, now, record.lifetimeMs ?? Infinity)) {
      if (state === 'aging') renewal.behind()
      return held
    }
    try {
      return await newer(session, neededBeyond(tab, record, now), { since, ...wait })
    } catch (error) {
      // Whatever the server says to a renewal: a token that the API still accepts is good enough here.
      const isStillGood =
        held && freshness(held, time.sessionNow()) !== 'expired' && tab.record?.session === session
      if (makesDo && isStillGood && isSessionError(error)) return held
      throw error
    }
  }

  const newer: Access['newer'] = (session, used, { signal, since, maxWaitMs } = {}) =>
    abortable(renewal.newer(session, used, since, maxWaitMs), signal)

  return { obtain, newer }
}

/** Options of `getAccessToken`. */
export interface AccessTokenOptions {
  /** How long the token must live from now, as far as that is known; at most four fifths of its life. @default 0 */
  readonly minValidityMs?: number | undefined
  /**
   * A token that an API has refused: resolves to a newer one, or to this one if the server says that it is the newest.
   * @default any token that has not expired will do
   */
  readonly refusedToken?: string | undefined
  /** Renews, whatever token is at hand. Calls at different times renew each: after a refusal name the `refusedToken`. @default false */
  readonly forceRefresh?: boolean | undefined
  /** How long to wait for a renewal that the server cannot give now, and for the session to be found. @default the session's `maxWaitMs` */
  readonly maxWaitMs?: number | undefined
  /** Ends this wait; the renewal goes on for the other callers. */
  readonly signal?: AbortSignal | undefined
}

/** The bare access token, for what cannot use `authFetch`. */
export async function accessToken(
  access: Access,
  options: AccessTokenOptions = {},
): Promise<string> {
  const {
    minValidityMs = 0,
    refusedToken,
    forceRefresh = false,
    maxWaitMs,
    signal,
  } = ownOptions(options)
  const held = await access.obtain({
    signal,
    maxWaitMs,
    // A longer validity than a new token has would mean a renewal with each call.
    isEnough: ({ expiresAt, tokens }, now, lifetimeMs) =>
      !forceRefresh &&
      tokens.accessToken !== refusedToken &&
      expiresAt - now >= Math.min(minValidityMs, lifetimeMs * 0.8),
  })
  if (!held) throw new SessionError('no_session', 'No user is signed in')
  const { accessToken: token } = held.tokens
  if (token === null)
    throw new SessionError(
      'token_not_readable',
      'The access token is a cookie that script cannot read; authFetch sends it',
    )
  return token
}
