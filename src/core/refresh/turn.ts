import type { SessionStart } from '../../session-state.ts'
import type { Tokens } from '../../tokens.ts'
import type { SessionRecord } from '../record/record.ts'
import type { LockedLedger } from '../shared/ledger.ts'
import type { WallMs } from '../time/moments.ts'

/** A refresh that this tab makes. */
export interface Turn {
  /** What the record said when the turn began: its generation is to be renewed. */
  readonly record: SessionRecord
  /** The tokens to spend, of a transport whose refresh token script can read. */
  readonly spent: Tokens | null
  readonly ledger: LockedLedger
  readonly hasLock: boolean
  readonly by: SessionStart['initiator']
  /** The answer before belonged to another session. @default false */
  readonly isAgain?: boolean
}

/** What an exchange leaves behind, besides the record: when to try again, and what was wrong. */
export interface Exchanged {
  readonly retryAt?: WallMs | undefined
  readonly cause?: unknown
}

/** How a refusal ends the session. */
export interface Refusal {
  /** The tab that found out; `null`: the server. @default null */
  readonly by?: string | null
  /** Another application goes on with the session, so the server is not told of its end here. @default false */
  readonly livesOn?: boolean | undefined
  /** A thief may go on with the session, so the server is told to end it. @default false */
  readonly mustTell?: boolean
}
