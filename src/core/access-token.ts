import { SessionError } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { abortable } from './abortable.ts'
import { freshness } from './freshness.ts'
import type { Renewal } from './renewal.ts'
import type { Tab } from './tab.ts'

/** Options of `getAccessToken`. */
export interface AccessTokenOptions {
  /** The token shall live at least this long from now, as far as that is known. */
  readonly minValidityMs?: number | undefined
  /** A newer token than the one at hand. */
  readonly forceRefresh?: boolean | undefined
  /** Ends this wait, not the renewal that others may wait for too. */
  readonly signal?: AbortSignal | undefined
}

/** Creates the way to the bare token, for what cannot use `authFetch`. */
export function createAccessToken(deps: {
  readonly clock: Clock
  readonly tab: Tab
  readonly renewal: Renewal
  readonly ready: () => Promise<unknown>
  readonly look: () => Promise<void>
}): (options?: AccessTokenOptions) => Promise<string> {
  const { clock, tab, renewal, ready, look } = deps

  return async function getAccessToken({ minValidityMs = 0, forceRefresh = false, signal } = {}) {
    signal?.throwIfAborted()
    await abortable(ready(), signal)
    if (!tab.isCurrent(clock.now())) await abortable(look(), signal)
    const { record } = tab
    if (tab.state.status === 'logged-out' || !record)
      throw new SessionError('no_session', 'Nobody is signed in')

    const now = clock.now()
    const held = tab.held?.session === record.session ? tab.held : null
    const isGood =
      held && freshness(held, now) !== 'expired' && held.expiresAt - now >= minValidityMs
    if (held && freshness(held, now) === 'aging') renewal.behind()
    const { tokens } =
      isGood && !forceRefresh
        ? held
        : await abortable(
            renewal.newer(record.session, held?.generation ?? record.generation),
            signal,
          )
    if (tokens.accessToken === null) {
      throw new SessionError(
        'no_session',
        'The access token is a cookie that script cannot read; authFetch sends it',
      )
    }
    return tokens.accessToken
  }
}
