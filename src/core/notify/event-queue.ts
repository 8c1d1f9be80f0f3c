import type { Dispose } from '../../ports.ts'

/** Delivers events in order, after the work that each of them has to wait for, and never from inside `emit`. */
export interface EventQueue<Events> {
  on<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): Dispose
  emit<E extends keyof Events>(event: E, payload: Events[E]): void
  /** Events emitted from now on wait until `work` is done. */
  after(work: Promise<unknown>): void
  /** Calls no listener any more, not even with events emitted before. */
  close(): void
}

/**
 * Creates an event queue. `first`, if given, is called with every event, before its listeners, also after `close()`. Errors that a
 * listener throws go to `report`, and the other listeners are called.
 */
export function createEventQueue<Events>(
  report: (error: unknown) => void,
  first?: (event: keyof Events, payload: Events[keyof Events]) => void,
): EventQueue<Events> {
  type Listener = NonNullable<typeof first>
  const listeners = new Set<Listener>(first && [first])
  let queue: Promise<unknown> = Promise.resolve()
  let isClosed = false

  function deliver(...args: Parameters<Listener>): void {
    // A listener added during the delivery is not called; one removed during the delivery is not called either.
    for (const listener of [...listeners]) {
      try {
        if (listeners.has(listener)) listener(...args)
      } catch (error) {
        report(error)
      }
    }
  }

  return {
    on(event, listener) {
      // A wrapper of its own, so that the same function registered twice is two registrations.
      const entry: Listener = (emitted, payload) => {
        if (emitted === event) listener(payload as Events[typeof event])
      }
      if (!isClosed) listeners.add(entry)
      return () => listeners.delete(entry)
    },
    emit(event, payload) {
      queue = queue.then(() => deliver(event, payload))
    },
    after(work) {
      queue = Promise.allSettled([queue, work])
    },
    close() {
      isClosed = true
      listeners.clear()
      if (first) listeners.add(first)
    },
  }
}
