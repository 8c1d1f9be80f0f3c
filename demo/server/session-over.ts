import type { Over } from './family-limits.ts'
import type { Verdict } from './policy.ts'
import { Refusal } from './refusal.ts'

const WHY_OVER = {
  unknown: ['invalid_grant', 'No refresh token of a known session was shown.'],
  revoked: ['session_revoked', 'This session has ended.'],
  'session-limit': ['session_expired', 'This session has reached its limit.'],
  idle: ['session_idle', 'Nobody has been active in this session for too long.'],
  deactivated: ['session_revoked', 'This account has been deactivated.'],
  password_reset: ['session_revoked', 'The password has been reset. Sign in with the new one.'],
  sign_in_due: ['session_expired', 'It is time to sign in again.'],
  expired: ['invalid_grant', 'This refresh token has not been used for too long.'],
} as const

/** The refusal that says why a session is over. */
export function refusedBecause(because: Over | Verdict | 'unknown'): Refusal {
  const [error, description] = WHY_OVER[because]
  return new Refusal(401, error, description)
}
