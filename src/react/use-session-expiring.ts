import { useSyncExternalStore } from 'react'
import type { SessionExpiring } from '../adapters/countdown.ts'
import { useProvidedSession } from './session-context.ts'

/**
 * The open warning of the session with the seconds that are left; `null` while no warning is open. While one is open, the
 * component renders once a second.
 */
export function useSessionExpiring(): SessionExpiring | null {
  const { countdown } = useProvidedSession()
  return useSyncExternalStore(countdown.subscribe, countdown.current, () => null)
}
