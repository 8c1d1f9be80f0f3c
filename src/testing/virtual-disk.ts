import type { RecordStore } from '../ports.ts'
import type { FaultOf } from './faults.ts'
import type { Life } from './life.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** IndexedDB as the session uses it: one value per name. */
export interface VirtualDisk {
  /** The value under the name that was opened first, which is the only one in a browser with one session. */
  record: unknown
  readonly reads: number
  readonly updates: number
  /** All values that were written under that name, in order. */
  readonly written: readonly unknown[]
  wipe(): void
  /** Opens a value for a page. */
  open(name: string, life: Life, fault: FaultOf): RecordStore
}

/** Creates an empty disk. */
export function createVirtualDisk(clock: VirtualClock): VirtualDisk {
  const first: { value: unknown } = { value: undefined }
  const values = new Map<string, { value: unknown }>()
  const written: unknown[] = []
  let reads = 0
  let updates = 0

  function slotOf(name: string): { value: unknown } {
    const slot = values.get(name) ?? (values.size === 0 ? first : { value: undefined })
    values.set(name, slot)
    return slot
  }

  function open(name: string, life: Life, fault: FaultOf): RecordStore {
    const slot = slotOf(name)

    /** `onDisk` runs even if the page is gone. The function it returns runs in the page, when the page can run. */
    function guarded<T>(how: 'read' | 'write', onDisk: () => () => T): Promise<T> {
      const wrong = fault('record')
      if (wrong === 'rejects') return Promise.reject(new DOMException('Refused', 'UnknownError'))
      if (wrong === 'full' && how === 'write')
        return Promise.reject(new DOMException('The disk is full', 'QuotaExceededError'))
      const { cachings } = life
      return new Promise((resolve, reject) => {
        if (wrong === 'hangs') return
        clock.soon(() => {
          const inPage = onDisk()
          life.run(() => {
            // A page that enters the back/forward cache aborts its transactions.
            if (how === 'write' && life.cachings > cachings)
              return reject(new DOMException('The page has left', 'AbortError'))
            // The call rejects with what `onDisk` throws.
            resolve(new Promise((done) => done(inPage())))
          })
        })
      })
    }

    return {
      read() {
        reads++
        return guarded('read', () => {
          const found: unknown = structuredClone(slot.value)
          return () => found
        })
      },
      update(change) {
        updates++
        // The transaction needs the page between its read and its write.
        return guarded('write', () => () => {
          slot.value = structuredClone(change(structuredClone(slot.value)))
          if (slot === first) written.push(slot.value)
        })
      },
      reopen: () => undefined,
      close: () => undefined,
    }
  }

  return {
    get record() {
      return first.value
    },
    set record(value) {
      first.value = value
    },
    get reads() {
      return reads
    },
    get updates() {
      return updates
    },
    written,
    wipe() {
      for (const slot of values.values()) slot.value = undefined
    },
    open,
  }
}
