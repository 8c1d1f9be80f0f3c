import { misuse, ownOptions } from './misuse.ts'
import { createLot } from './parked/lot.ts'
import type { KnownUser, Lot, LotDeps } from './parked/options.ts'
import type { FailedWrite } from './parked/queue.ts'
import { holdPage } from './platform/unload.ts'
import type { EndReason } from './session-state.ts'

const MINUTE_MS = 60_000
/** The ends after which a user may want to go on. */
const REASONS: readonly EndReason[] = [
  'idle',
  'session-limit',
  'refresh-rejected',
  'reuse-detected',
  'revoked',
]

declare const opaque: unique symbol

/** Options of {@link stay}. */
export interface StayOptions {
  /** How long after the end calls wait. More than 0. @default 30 minutes */
  readonly withinMs?: number | undefined
  /** How many calls wait at most. The next ones reject with `session_ended`. @default 50 */
  readonly maxRequests?: number | undefined
  /** How large their bodies may be together, in bytes. Calls that would exceed that reject with `session_ended`. @default 5_000_000 */
  readonly maxBytes?: number | undefined
  /**
   * The ends after which calls wait. A logout is none of them. If your server revokes sessions also because their user has
   * signed out everywhere, leave out `revoked`. @default all but a logout, another user's sign-in and cleared storage
   */
  readonly reasons?: readonly EndReason[] | undefined
  /**
   * Whether two sessions are of one user. Asked unless the tokens name two users, so it may also tell tenants apart. It may
   * fetch: give its calls of `authFetch` the option `park: false`. An error it throws is reported, and counts as `false`.
   * @default the user ids in the tokens have to be the same; where tokens name no user, no two sessions are of one user
   */
  readonly sameUser?: ((last: KnownUser, now: KnownUser) => boolean | Promise<boolean>) | undefined
  /**
   * Called when a write that had waited fails, or is answered with an error, and other writes wait behind it: `true` sends
   * them, `false` rejects them with `session_ended`. Until it resolves they wait, for `withinMs` after the end at most. An error it throws
   * is reported, and counts as `false`. @default they reject
   */
  readonly onWriteFailed?: ((failed: FailedWrite) => boolean | Promise<boolean>) | undefined
}

/** What to do at the end of a session, for the option `onEnd`. Create it with {@link stay}; what it holds is not part of the API. */
export interface Stay {
  readonly [opaque]?: 'stay'
}

/** What a {@link Stay} holds. */
export interface StayFeature extends Stay {
  readonly feature: 'onEnd'
  readonly start: (deps: LotDeps) => Lot
}

/**
 * Keeps what a user was doing when the session ends by anything but a logout. Calls of `authFetch` that would carry the token
 * wait, and so do those that were refused because the session was over. When the same user signs in again, in this tab or
 * another, they are sent with the new token: reads at once, writes one after the other. When another user signs in, they
 * reject with `session_changed`; when the bounds are reached or `logout()` is called, with `session_ended`. A call that was
 * cut off by the end waits only if it is safe to repeat: GET, HEAD, OPTIONS, or a request with an `Idempotency-Key`.
 *
 * `state.parked` says how many wait, and `state.cover` why the page is to be covered meanwhile; `<session-dialog>` does that.
 * Bodies are kept in memory alone. A page that is closed loses what waits: while a write does, the browser asks before.
 *
 * Throws a `TypeError` that names the option if one is misused.
 */
export function stay(options: StayOptions = {}): Stay {
  const { withinMs = 30 * MINUTE_MS, maxRequests = 50, maxBytes = 5_000_000 } = ownOptions(options)
  const { reasons = REASONS, sameUser, onWriteFailed } = ownOptions(options)
  for (const [option, value] of Object.entries({ withinMs, maxRequests, maxBytes })) {
    if (typeof value !== 'number' || !(value > 0))
      throw misuse(option, 'a number greater than 0', value)
  }
  if (!Array.isArray(reasons) || !reasons.every((reason) => REASONS.includes(reason as EndReason)))
    throw misuse(
      'reasons',
      `a list of ${REASONS.map((reason) => `'${reason}'`).join(', ')}`,
      reasons,
    )
  for (const [option, hook] of Object.entries({ sameUser, onWriteFailed })) {
    if (hook !== undefined && typeof hook !== 'function') throw misuse(option, 'a function', hook)
  }
  const bounds = { withinMs, maxRequests, maxBytes, reasons: [...(reasons as EndReason[])] }
  const feature: StayFeature = {
    feature: 'onEnd',
    start: (deps) => createLot(deps, { ...bounds, sameUser, onWriteFailed, holdPage }),
  }
  return feature
}
