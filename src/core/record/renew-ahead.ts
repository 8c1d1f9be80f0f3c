import { isInUse } from './expiry.ts'
import type { SessionRecord } from './record.ts'

/**
 * Whether a tab renews before any request asks for it. A renewal is not activity, and nobody looks at a hidden page: what
 * it needs, its requests will ask for. With a transport that `slides`, only for users who are known to be there.
 */
export function renewsAhead(record: SessionRecord, isVisible: boolean, slides: boolean): boolean {
  const isOver = record.status === 'logged-out' || record.rejected
  return !isOver && isVisible && isInUse(record) && (!slides || !!record.idle)
}
