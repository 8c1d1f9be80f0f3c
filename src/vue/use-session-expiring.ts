import type { ShallowRef } from 'vue'
import { createCountdown, type SessionExpiring } from '../adapters/countdown.ts'
import { follow } from './follow.ts'
import { injectSession } from './session-plugin.ts'

/**
 * The open warning of the session with the seconds that are left, as a ref; `null` while no warning is open. While one is
 * open, it changes once a second. Throws a `TypeError` if `sessionPlugin` is not installed.
 */
export function useSessionExpiring(): Readonly<ShallowRef<SessionExpiring | null>> {
  const { subscribe, current } = createCountdown(injectSession())
  return follow(subscribe, current, null)
}
