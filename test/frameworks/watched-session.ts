import type { Session } from '../../src/index.ts'

/** A session that counts the listeners of its state. */
export interface WatchedSession {
  readonly session: Session
  readonly listeners: Set<() => void>
}

/** Wraps `original`. */
export function watchListeners(original: Session): WatchedSession {
  const listeners = new Set<() => void>()
  const session = new Proxy(original, {
    get(target, key: keyof Session) {
      if (key !== 'subscribe') return target[key]
      return subscribe
    },
  })
  function subscribe(listener: () => void): () => void {
    const unsubscribe = original.subscribe(listener)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      unsubscribe()
    }
  }
  return { session, listeners }
}
