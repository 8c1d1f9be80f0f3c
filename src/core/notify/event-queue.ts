import type { Dispose } from '../../ports.ts'

/** Delivers events in order, each after everything that was under way when it was emitted, never from inside `emit`. */
export interface EventQueue<Events> {
  on<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): Dispose
  emit<E extends keyof Events>(event: E, payload: Events[E]): void
  /** Holds back what is emitted from now on until `work` is done. */
  after(work: Promise<unknown>): void
  /** No listener is told anything any more, of what was emitted before either. */
  close(): void
}

/**
 * Creates an event queue. `first` hears of every event, before its listeners, and to the end. What a listener throws
 * goes to `report` and stops nobody.
 */
export function createEventQueue<Events>(
  report: (error: unknown) => void,
  first: (event: keyof Events, payload: Events[keyof Events]) => void,
): EventQueue<Events> {
  const listeners = new Set([first])
  let queue: Promise<unknown> = Promise.resolve()
  let isClosed = false

  function deliver(...told: Parameters<typeof first>): void {
    // Who comes while this is told has missed it; who leaves meanwhile hears nothing.
    for (const listener of [...listeners]) {
      try {
        if (listeners.has(listener)) listener(...told)
      } catch (error) {
        report(error)
      }
    }
  }

  return {
    on(event, listener) {
      // A wrapper of its own, so that the same function registered twice is two registrations.
      const entry: typeof first = (told, payload) => {
        if (told === event) listener(payload as Events[typeof event])
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
      listeners.add(first)
    },
  }
}
