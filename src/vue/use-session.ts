import type { ShallowRef } from 'vue'
import type { Session, SessionState } from '../index.ts'
import { RESTORING } from '../session-state.ts'
import { follow } from './follow.ts'
import { injectSession } from './session-plugin.ts'

/** The session, and its state as a ref. */
export interface CurrentSession {
  /** To call: `session.authFetch`, `session.logout()`. */
  readonly session: Session
  readonly state: Readonly<ShallowRef<SessionState>>
}

/**
 * The session that `sessionPlugin` was given. On a server, and while its HTML is hydrated, the status is `restoring`.
 */
export function useSession(): CurrentSession {
  const session = injectSession()
  return { session, state: follow(session.subscribe, () => session.state, RESTORING) }
}
