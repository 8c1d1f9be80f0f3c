import type { ShallowRef } from 'vue'
import type { Session, SessionState } from '../index.ts'
import { RESTORING } from '../session-state.ts'
import { follow } from './follow.ts'
import { injectSession } from './session-plugin.ts'

/** The session, with its state as a ref. */
export interface CurrentSession {
  /** The session, for calls such as `session.authFetch` and `session.logout()`. */
  readonly session: Session
  readonly state: Readonly<ShallowRef<SessionState>>
}

/**
 * The session of `sessionPlugin`. On a server, and during hydration, the status is `restoring`. Throws a `TypeError` if
 * the plugin is not installed.
 */
export function useSession(): CurrentSession {
  const session = injectSession()
  return { session, state: follow(session.subscribe, () => session.state, RESTORING) }
}
