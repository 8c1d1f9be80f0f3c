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
