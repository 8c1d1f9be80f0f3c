import type { Clock, Dispose, Mirror, RecordStore } from '../../ports.ts'
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
  close(): void
}

/** Bounds the calls to a store. `onFallback` is called once, with what stands in for it: when it fails, or has not answered twice in a row. */
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
  let wasSilent = false
  let cancelCheck: Dispose | undefined

  const isUnavailable = (): boolean => clock.uptime() < unavailableUntil

  async function attempt<T>(work: () => Promise<T>): Promise<T | typeof NO_ANSWER> {
    if (isUnavailable()) return NO_ANSWER
    let isOut = wasSilent
    try {
      const result = await withinAwake(clock, PATIENCE_MS, work, NO_ANSWER)
      if (result !== NO_ANSWER) {
        place = 'indexed-db'
        wasSilent = false
        return result
      }
    } catch (error) {
      if (error === refused) throw error
      isOut = true
    }
    wasSilent = true
    store.reopen()
    unavailableUntil = clock.uptime() + RETRY_MS
    place = mirror.write(mirror.read()) ? 'local-storage' : 'memory'
    if (!wasReported && isOut) onFallback(place)
    wasReported ||= isOut
    // A database that is slow for a moment, as under load, is not worth a word.
    if (!wasReported) cancelCheck ??= clock.schedule(check, RETRY_MS)
    return NO_ANSWER
  }

  function check(): void {
    cancelCheck = undefined
    void attempt(() => store.read())
  }

  return {
    get place() {
      return place
    },
    isUnavailable,
    attempt,
    close: () => cancelCheck?.(),
  }
}
