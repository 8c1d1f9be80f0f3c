import type { Config } from '../config.ts'

/**
 * How a session is kept: the strategies that decide what a token is. The server has one, `MODE`, and an account may have
 * another. A session keeps the one with which it began.
 *
 * - `rotating`: a short access token and a refresh token that is good once. The others are told in this folder:
 * - `sliding`: one token, which answers of the API replace.
 * - `renew`: one token that lives for days, and is renewed with itself.
 * - `soft`: as `rotating`, and the access token asks to be renewed some time before it expires.
 * - `pair`: as `rotating`, and a refresh token is good only beside the access token that came with it.
 */
export type Mode = 'rotating' | 'sliding' | 'renew' | 'soft' | 'pair'

export const MODES: readonly Mode[] = ['rotating', 'sliding', 'renew', 'soft', 'pair']

/** Modes in which the access token is all that there is. */
export type SingleTokenMode = 'sliding' | 'renew'

export function hasSingleToken(mode: Mode): mode is SingleTokenMode {
  return mode === 'sliding' || mode === 'renew'
}

/** How long an access token lives. */
export function accessTtlOf(
  mode: Mode,
  { accessTtlS, renewTtlS }: Pick<Config, 'accessTtlS' | 'renewTtlS'>,
): number {
  return mode === 'renew' ? renewTtlS : accessTtlS
}

/** For how long at most an access token is shown, be it to renew a session that has slept. */
export function longestShownS({
  accessTtlS,
  renewTtlS,
  refreshTtlS,
}: Pick<Config, 'accessTtlS' | 'renewTtlS' | 'refreshTtlS'>): number {
  return Math.max(accessTtlS, renewTtlS, refreshTtlS)
}
