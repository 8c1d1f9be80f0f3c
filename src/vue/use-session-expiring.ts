import type { ShallowRef } from 'vue'
import { createCountdown, type SessionExpiring } from '../adapters/countdown.ts'
import { follow } from './follow.ts'
import { injectSession } from './session-plugin.ts'

/**
 * The open warning of the session and the seconds that are left, as a ref; `null` while there is none. It changes once
 * a second while a warning is open; no timer runs while none is.
 */
export function useSessionExpiring(): Readonly<ShallowRef<SessionExpiring | null>> {
  const { subscribe, current } = createCountdown(injectSession())
  return follow(subscribe, current, null)
}
