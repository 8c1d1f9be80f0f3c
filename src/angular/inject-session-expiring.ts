import type { Signal } from '@angular/core'
import { createCountdown, type SessionExpiring } from '../adapters/countdown.ts'
import { follow } from './follow.ts'
import { injectProvidedSession } from './provide-session.ts'

/**
 * The open warning of the session with the seconds that are left, as a signal; `null` while no warning is open. While one
 * is open, it changes once a second. Throws a `TypeError` if no session is provided.
 */
export function injectSessionExpiring(): Signal<SessionExpiring | null> {
  const { subscribe, current } = createCountdown(injectProvidedSession())
  return follow(subscribe, current)
}
