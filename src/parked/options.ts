import type { Access } from '../core/refresh/access.ts'
import type { Disposal } from '../core/session/disposal.ts'
import type { Tab } from '../core/session/tab.ts'
import type { Ledger } from '../core/shared/ledger.ts'
import type { Time } from '../core/time/time.ts'
import type { Parking } from '../fetch/parking.ts'
import type { Dispose, Ports } from '../ports.ts'
import type { EndReason } from '../session-state.ts'
import type { Claims } from '../tokens.ts'
import type { RequestLine } from '../transport.ts'
import type { Bounds, FailedWrite } from './queue.ts'

/** What is known of a user. */
export interface KnownUser {
  readonly subject: string | null
  /** Decoded, and never verified; `null` if the access token is opaque or in a cookie. */
  readonly claims: Claims | null
}

/** How calls wait. */
export interface LotOptions extends Bounds {
  readonly withinMs: number
  readonly reasons: readonly EndReason[]
  readonly sameUser: ((last: KnownUser, now: KnownUser) => boolean | Promise<boolean>) | undefined
  readonly onWriteFailed: ((failed: FailedWrite) => boolean | Promise<boolean>) | undefined
  /** Has the browser ask before the page is left, until the result is called. */
  readonly holdPage: () => Dispose
}

/** What a parking lot works with. */
export interface LotDeps {
  readonly ports: Pick<Ports, 'report'>
  readonly time: Time
  readonly tab: Tab
  readonly ledger: Ledger
  readonly access: Access
  readonly shouldReplay: (request: RequestLine) => boolean
  readonly disposal: Pick<Disposal, 'error'>
}

/** Where the calls of a page wait while its user is signed out. */
export interface Lot extends Parking {
  /** The user does not want to sign in again: nothing waits any more, in any tab. */
  decline(): Promise<void>
  dispose(): void
}
