import type { SessionEvents } from '../../session-state.ts'
import { isOneUser } from '../record/is-foreign.ts'
import type { SessionRecord } from '../record/record.ts'
import { endOf } from '../record/snapshot.ts'
import type { EventQueue } from './event-queue.ts'
import type { RecordChange } from '../session/tab.ts'

/** Emits what a change of the record means to the application: a start, an end, a renewal. */
export function createAnnouncements(
  tabId: string,
  events: Pick<EventQueue<SessionEvents>, 'emit'>,
): (change: RecordChange) => void {
  /** The last record that said for certain whether a user is signed in. */
  let certain: SessionRecord | null = null

  return function announce({ next, by, isRestoring, isDenied }) {
    if (next?.status === 'unknown' && !isDenied) return
    const before = certain
    certain = next
    // The session of a newer version's record (E3) counts as begun once there is a token.
    if (next && next.session === before?.session && next.status === before.status) {
      if (next.generation === before.generation) return
      const { accessExpiresAt } = next
      return events.emit('refreshed', { accessExpiresAt, by: by === 'other-tab' ? by : 'this-tab' })
    }
    // When the same user signs in again, nothing has ended that anybody could see.
    const isSameUser =
      next?.status === 'logged-in' &&
      next.subject !== null &&
      (isOneUser(next.names, before?.names) ?? next.subject === before?.subject)
    if (before?.status === 'logged-in' && !isSameUser)
      events.emit('ended', endOf(next, before, tabId, by))
    if (next?.status === 'logged-in') {
      const initiator = isRestoring && by === 'other-tab' ? 'restored' : by
      events.emit('started', { subject: next.subject, initiator })
    }
  }
}
