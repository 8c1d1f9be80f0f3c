import { isSessionError, SessionError } from '../../errors.ts'
import type { Clock } from '../../ports.ts'
import { abortable } from '../time/abortable.ts'
import { freshness } from '../record/freshness.ts'
import type { Renewal } from './renewal.ts'
import { neededBeyond, sessionOver, type Held, type Tab } from '../session/tab.ts'

/** Gets the tokens for one use of them. */
export interface Access {
  /**
   * The tokens at hand, or newer ones; nothing when nobody is signed in. Rejects with `session_ended`,
   * `session_changed`, `refresh_unavailable` or the reason of the signal.
   */
  obtain(want: Want): Promise<Held | null>
  /** Newer ones than those of generation `used`. */
  newer(session: string, used: number, signal?: AbortSignal | null, since?: number): Promise<Held>
}

/** What somebody wants of the tokens. */
export interface Want {
  readonly signal?: AbortSignal | null | undefined
  /** Whether tokens that have not expired will do. */
  readonly isEnough: (held: Held, now: number, lifetimeMs: number) => boolean
  /** Those that have not expired will do after all, if there are no better ones to be had. */
  readonly makesDo?: boolean
}

/** Options of `getAccessToken`. */
export interface AccessTokenOptions {
  /** The token shall live at least this long from now, as far as that is known, or four fifths of its life if that is less. */
  readonly minValidityMs?: number | undefined
  /** A newer token than the one at hand. */
  readonly forceRefresh?: boolean | undefined
  /** Ends this wait, not the renewal that others may wait for too. */
  readonly signal?: AbortSignal | undefined
}

/** Creates the access of one tab. */
export function createAccess(deps: {
  readonly clock: Clock
  readonly tab: Tab
  readonly renewal: Renewal
  /** Restoring is over, or has taken longer than a request waits. */
  readonly ready: () => Promise<unknown>
  /** A look at the record, where G4 asks for one; ends the session if its time is up. */
  readonly look: () => Promise<void>
}): Access {
  const { clock, tab, renewal, ready, look } = deps

  const obtain: Access['obtain'] = async ({ signal, isEnough, makesDo = false }) => {
    const since = clock.uptime()
    // Who asks has seen this session: another one will not do.
    const seen = tab.state.status === 'logged-in' ? tab.record?.session : undefined
    await abortable(ready(), signal)
    const session = seen ?? tab.record?.session
    // Restoring may take longer than anybody waits, and yet be known to be in vain.
    if (!seen && (tab.state.status === 'logged-out' || tab.record?.status === 'logged-out'))
      return null
    if (!tab.isCurrent(clock.now())) await abortable(look(), signal)
    const { record } = tab
    if (!session || record?.session !== session) throw sessionOver(record)

    const held = tab.held?.session === session ? tab.held : null
    const now = clock.now()
    const state = held && freshness(held, now)
    if (held && state !== 'expired' && isEnough(held, now, record.lifetimeMs ?? Infinity)) {
      if (state === 'aging') renewal.behind()
      return held
    }
    try {
      return await newer(session, neededBeyond(tab, record, now), signal, since)
    } catch (error) {
      // Whatever the server says to a renewal: what the API still takes is not refused here.
      const isStillGood =
        held && freshness(held, clock.now()) !== 'expired' && tab.record?.session === session
      if (makesDo && isStillGood && isSessionError(error)) return held
      throw error
    }
  }

  const newer: Access['newer'] = (session, used, signal, since) =>
    abortable(renewal.newer(session, used, since), signal)

  return { obtain, newer }
}

/** The bare token, for what cannot use `authFetch`. */
export async function accessToken(
  access: Access,
  { minValidityMs = 0, forceRefresh = false, signal }: AccessTokenOptions = {},
): Promise<string> {
  const held = await access.obtain({
    signal,
    // More than a new token has would be a renewal with each call.
    isEnough: (at, now, lifetimeMs) =>
      !forceRefresh && at.expiresAt - now >= Math.min(minValidityMs, lifetimeMs * 0.8),
  })
  const token = held?.tokens.accessToken
  if (token) return token
  const why = held
    ? 'The access token is a cookie that script cannot read; authFetch sends it'
    : 'Nobody is signed in'
  throw new SessionError('no_session', why)
}
