import type { Over } from './family-limits.ts'
import { Refusal } from './refusal.ts'

const WHY_OVER = {
  unknown: ['invalid_grant', 'No refresh token of a known session was shown.'],
  revoked: ['session_revoked', 'This session has ended.'],
  'session-limit': ['session_expired', 'This session has reached its limit.'],
  idle: ['session_idle', 'Nobody has been active in this session for too long.'],
  expired: ['invalid_grant', 'This refresh token has not been used for too long.'],
} as const

/** The last word on a session that is over: why it is. */
export function refusedBecause(because: Over | 'unknown'): Refusal {
  const [error, description] = WHY_OVER[because]
  return new Refusal(401, error, description)
}
