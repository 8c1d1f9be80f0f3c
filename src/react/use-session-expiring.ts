import { useSyncExternalStore } from 'react'
import type { SessionExpiring } from '../adapters/countdown.ts'
import { useProvidedSession } from './session-context.ts'

/**
 * The open warning of the session and the seconds that are left; `null` while there is none. Renders again once a
 * second while a warning is open, and never while none is.
 */
export function useSessionExpiring(): SessionExpiring | null {
  const { countdown } = useProvidedSession()
  return useSyncExternalStore(countdown.subscribe, countdown.current, () => null)
}
