import { useMemo, useSyncExternalStore } from 'react'
import type { Session, SessionState } from '../index.ts'
import { RESTORING } from '../session-state.ts'
import { useProvidedSession } from './session-context.ts'

/** The state of the session, and the session itself. */
export type CurrentSession = SessionState & {
  /** To call: `session.authFetch`, `session.logout()`. The same object in every render. */
  readonly session: Session
}

/**
 * The session of the nearest `SessionProvider`; renders again after each change of its state. On a server, and while
 * its HTML is hydrated, the status is `restoring`.
 */
export function useSession(): CurrentSession {
  const { session } = useProvidedSession()
  const state = useSyncExternalStore(
    session.subscribe,
    () => session.state,
    () => RESTORING,
  )
  return useMemo(() => ({ ...state, session }), [state, session])
}
