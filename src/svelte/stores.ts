import type { Readable } from 'svelte/store'
import { createCountdown, type SessionExpiring } from '../adapters/countdown.ts'
import type { Session, SessionState, Unsubscribe } from '../index.ts'

/** The state of a session as a Svelte store. */
export function sessionStore(session: Session): Readable<SessionState> {
  return store(session.subscribe, () => session.state)
}

/**
 * The open warning of a session with the seconds that are left, as a Svelte store; `null` while no warning is open. While
 * one is open and the store has subscribers, it changes once a second.
 */
export function expiringStore(session: Session): Readable<SessionExpiring | null> {
  const { subscribe, current } = createCountdown(session)
  return store(subscribe, current)
}

function store<T>(subscribe: (listener: () => void) => Unsubscribe, current: () => T): Readable<T> {
  return {
    subscribe(run) {
      const unsubscribe = subscribe(() => run(current()))
      run(current())
      return unsubscribe
    },
  }
}
