import type { Config } from '../../config.ts'

/**
 * How a session is kept: what its tokens are, and how they are renewed. The server has one mode, `MODE`, and an account
 * may have another. A session keeps the mode with which it began.
 *
 * - `rotating`: a short access token, and a refresh token that can be used once. This folder holds the other modes:
 * - `sliding`: one token, which answers of the API replace.
 * - `renew`: one token that lives for days, and is renewed with itself.
 * - `soft`: as `rotating`, and the access token wants to be renewed some time before it expires.
 * - `pair`: as `rotating`, and a refresh token is accepted only beside the access token that came with it.
 */
export type Mode = 'rotating' | 'sliding' | 'renew' | 'soft' | 'pair'

export const MODES: readonly Mode[] = ['rotating', 'sliding', 'renew', 'soft', 'pair']

/** Modes in which the access token is the only token. */
export type SingleTokenMode = 'sliding' | 'renew'

export function hasSingleToken(mode: Mode): mode is SingleTokenMode {
  return mode === 'sliding' || mode === 'renew'
}

/** How long an access token may be shown at most, be it to renew a session that was asleep. */
export function longestShownS({
  accessTtlS,
  renewTtlS,
  refreshTtlS,
}: Pick<Config, 'accessTtlS' | 'renewTtlS' | 'refreshTtlS'>): number {
  return Math.max(accessTtlS, renewTtlS, refreshTtlS)
}
