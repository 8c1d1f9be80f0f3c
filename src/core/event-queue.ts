import type { Dispose } from '../ports.ts'

type Listener = (payload: never) => void

/** Delivers events in order, each after everything that was under way when it was emitted, never from inside `emit`. */
export interface EventQueue<Events> {
  on<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): Dispose
  emit<E extends keyof Events>(event: E, payload: Events[E]): void
  /** Holds back what is emitted from now on until `work` is done. */
  after(work: Promise<unknown>): void
}

/**
 * Creates an event queue. `first` hears of every event, before its listeners. What a listener throws goes to `report`
 * and stops nobody.
 */
export function createEventQueue<Events>(
  report: (error: unknown) => void,
  first: (event: keyof Events, payload: Events[keyof Events]) => void,
): EventQueue<Events> {
  const listeners = new Map<keyof Events, readonly Listener[]>()
  let queue: Promise<unknown> = Promise.resolve()

  function deliver(event: keyof Events, payload: unknown): void {
    const ahead: Listener = (payload) => first(event, payload)
    for (const listener of [ahead, ...(listeners.get(event) ?? [])]) {
      try {
        listener(payload as never)
      } catch (error) {
        report(error)
      }
    }
  }

  return {
    on(event, listener) {
      let isOver = false
      // A wrapper of its own, so that the same function registered twice is two registrations. One that a listener ahead
      // of it has ended is still on the list that is being walked.
      const entry: Listener = (payload) => {
        if (!isOver) listener(payload)
      }
      listeners.set(event, [...(listeners.get(event) ?? []), entry])
      return () => {
        isOver = true
        listeners.set(
          event,
          (listeners.get(event) ?? []).filter((other) => other !== entry),
        )
      }
    },
    emit(event, payload) {
      queue = queue.then(() => deliver(event, payload))
    },
    after(work) {
      queue = Promise.allSettled([queue, work])
    },
  }
}
