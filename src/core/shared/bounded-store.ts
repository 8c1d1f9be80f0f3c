import type { Clock, Mirror, RecordStore } from '../../ports.ts'
import { withinAwake } from '../time/sleep.ts'

const PATIENCE_MS = 500
/** For how long IndexedDB is left alone after it did not answer. */
export const RETRY_MS = 5_000

/** What {@link BoundedStore.attempt} resolves to if IndexedDB does not answer. */
export const NO_ANSWER: unique symbol = Symbol('no answer')

/** Where the record is kept: for all tabs, for all tabs but without tokens, or for this tab alone. */
export type Place = 'indexed-db' | 'local-storage' | 'memory'

/** IndexedDB in bounded time. It may hang or fail at any call, and a session goes on without it. */
export interface BoundedStore {
  /** Where the last attempt found the record. */
  readonly place: Place
  /** Whether IndexedDB did not answer a moment ago. */
  isUnavailable(): boolean
  /**
   * Tries `work` once. After a failure there is no attempt for five seconds, so not every call has to wait. Rejects only
   * with `refused`, which `work` throws to write nothing.
   */
  attempt<T>(work: () => Promise<T>): Promise<T | typeof NO_ANSWER>
}

/** Bounds the calls to a store. `onFallback` is called once, with what stands in for it. */
export function createBoundedStore(deps: {
  readonly clock: Clock
  readonly store: RecordStore
  readonly mirror: Mirror
  readonly refused: Error
  readonly onFallback: (place: Exclude<Place, 'indexed-db'>) => void
}): BoundedStore {
  const { clock, store, mirror, refused, onFallback } = deps
  let unavailableUntil = -Infinity
  let place: Place = 'indexed-db'
  let wasReported = false

  const isUnavailable = (): boolean => clock.uptime() < unavailableUntil

  async function attempt<T>(work: () => Promise<T>): Promise<T | typeof NO_ANSWER> {
    if (isUnavailable()) return NO_ANSWER
    try {
      const result = await withinAwake(clock, PATIENCE_MS, work, NO_ANSWER)
      if (result !== NO_ANSWER) {
        place = 'indexed-db'
        return result
      }
    } catch (error) {
      if (error === refused) throw error
    }
    store.reopen()
    unavailableUntil = clock.uptime() + RETRY_MS
    place = mirror.write(mirror.read()) ? 'local-storage' : 'memory'
    if (!wasReported) onFallback(place)
    wasReported = true
    return NO_ANSWER
  }

  return {
    get place() {
      return place
    },
    isUnavailable,
    attempt,
  }
}
