import type { SessionRecord } from '../../../../src/core/record/record.ts'
import { opened, renewed } from '../../../../src/core/record/transitions.ts'
import { sessionMs, wallMs } from '../../../../src/core/time/moments.ts'
import type { Tokens } from '../../../../src/tokens.ts'

/** When the sample session began, by both clocks. */
export const BEGAN_AT = 1_000_000

/** A record in its first generation, ten minutes from expiry unless the tokens say otherwise. */
export function sampleRecord(
  tokens: Partial<Tokens> = {},
  changes: Partial<SessionRecord> = {},
): SessionRecord {
  const unknown = opened(null, { session: 'S', key: 'key-1' }, wallMs(BEGAN_AT))
  const record = renewed(unknown, {
    tokens: {
      accessToken: 'access-1',
      expiresInMs: 600_000,
      sessionId: 'sid',
      sequence: 1,
      ...tokens,
    },
    sealed: 'sealed 1',
    startedAt: { wall: wallMs(BEGAN_AT), session: sessionMs(BEGAN_AT) },
    nextKey: 'key-2',
  })
  return { ...record, ...changes }
}

/** A minute later, by both clocks. */
export const NOW = BEGAN_AT + 60_000
export const PAUSE = { failures: 3, pausedAt: wallMs(NOW), retryAt: wallMs(NOW + 4_000) }
export const END = { reason: 'logout', by: 'tab 1', at: sessionMs(NOW) } as const
export const TOLD_END = { ...END, lastActivityAt: null, subject: 'alice' } as const
export const TOMBSTONE = { sid: 'sid', everywhere: false }
export const IDLE = { afterMs: 900_000, lastActivityAt: sessionMs(NOW) }

/** A record in which everything is set that a transition could forget to reset. */
export const FULL: SessionRecord = {
  ...sampleRecord({ refreshExpiresInMs: 3_600_000, sessionExpiresInMs: 7_200_000, renewInMs: 1 }),
  ...PAUSE,
  doubts: { times: 1, since: wallMs(NOW) },
  subject: 'alice',
  issuedAtS: 7,
  idle: IDLE,
  extendingAt: sessionMs(NOW),
  answeredAt: sessionMs(NOW - 1),
  warnMs: 300_000,
  toldActiveAt: sessionMs(NOW),
  rejected: true,
  livesOn: true,
  aheadMs: 3,
  answerMs: 4,
  attempt: { by: 'tab 2', startedAt: wallMs(NOW) },
  tombstone: TOMBSTONE,
  end: TOLD_END,
}
