import type { Ports } from '../../ports.ts'
import type { SessionEvents } from '../../session-state.ts'
import type { TokenStorage } from '../../tokens.ts'
import type { Siblings } from '../shared/siblings.ts'
import type { EventQueue } from './event-queue.ts'

/** Tells the application what the browser lacks, and what stands in for it. */
export function announceDegradations(
  ports: Pick<Ports, 'locks'>,
  siblings: Pick<Siblings, 'isAlone'>,
  storage: TokenStorage,
  events: Pick<EventQueue<SessionEvents>, 'emit'>,
): void {
  if (!ports.locks) events.emit('degraded', { missing: 'locks', to: 'lease' })
  if (siblings.isAlone) events.emit('degraded', { missing: 'channel', to: 'polling' })
  if (storage.isPlainText) events.emit('degraded', { missing: 'crypto', to: 'plain-text' })
}
