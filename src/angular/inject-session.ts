import { computed, type Signal } from '@angular/core'
import type { Session, SessionState } from '../index.ts'
import { follow } from './follow.ts'
import { injectProvidedSession } from './provide-session.ts'

/** The session, with its state as signals. */
export interface CurrentSession {
  /** The session, for calls such as `session.login(answer)` and `session.logout()`. */
  readonly session: Session
  /** The whole state. The status narrows the rest of it: `@if (state(); as current)`. */
  readonly state: Signal<SessionState>
  readonly status: Signal<SessionState['status']>
  readonly subject: Signal<SessionState['subject']>
  readonly claims: Signal<SessionState['claims']>
  readonly warning: Signal<SessionState['warning']>
}

/**
 * The session of `provideSession`, in a component, a directive or a service. The signals change until that is destroyed.
 * On a server the status is `restoring`. Throws a `TypeError` if no session is provided.
 */
export function injectSession(): CurrentSession {
  const session = injectProvidedSession()
  const state = follow(session.subscribe, () => session.state)
  return {
    session,
    state,
    status: computed(() => state().status),
    subject: computed(() => state().subject),
    claims: computed(() => state().claims),
    warning: computed(() => state().warning),
  }
}
