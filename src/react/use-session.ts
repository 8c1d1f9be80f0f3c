import { useMemo, useSyncExternalStore } from 'react'
import type { Session, SessionState } from '../index.ts'
import { RESTORING } from '../session-state.ts'
import { useProvidedSession } from './session-context.ts'

/** The state of the session, with the session itself. */
export type CurrentSession = SessionState & {
  /** The session, for calls such as `session.authFetch` and `session.logout()`. The same object in every render. */
  readonly session: Session
}

/**
 * The session of the nearest `SessionProvider`. The component renders after each change of its state. On a server, and
 * during hydration, the status is `restoring`. Throws a `TypeError` if there is no provider.
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
