import { openSharedRecord, type SharedRecord } from '../../../../src/core/shared/shared-record.ts'
import { createVirtualClock, type VirtualClock } from '../../../../src/testing/virtual-clock.ts'
import type { SessionRecord } from '../../../../src/core/record/record.ts'
import { BEGAN_AT, sampleRecord } from '../record/sample.ts'

export const first: SessionRecord = sampleRecord()
/** The same session, renewed once. */
export const second: SessionRecord = { ...first, generation: 2, sealed: 'sealed 2' }
/** The session of the next sign-in. */
export const next: SessionRecord = {
  ...first,
  session: 'T',
  epoch: first.epoch + 1,
  sealed: 'sealed other',
}

/** A shared record on a database and a mirror that a test can break. */
export interface SampleStore {
  readonly clock: VirtualClock
  readonly shared: SharedRecord
  /** What the database holds, and when it was read, in milliseconds since the store was opened. */
  readonly database: {
    value: unknown
    /** `answer-lost`: a value is written, but the page is told that it was not. */
    fault: 'none' | 'rejects' | 'hangs' | 'answer-lost'
    /** Each read waits for this. */
    delay: Promise<unknown>
    readonly readAt: number[]
  }
  /** What the mirror holds, and how often it was written to. */
  readonly mirror: { value: unknown; writes: number; isRefused: boolean }
  readonly fallbacks: string[]
  /** The listeners on the mirror. A test calls them as if another tab had written to it. */
  readonly watchers: Set<() => void>
  readonly used: { isClosed: boolean }
}

/** Opens the record; `stored` and `mirrored` were left by another page. */
export function sampleStore(stored?: unknown, mirrored: unknown = null): SampleStore {
  const clock = createVirtualClock(BEGAN_AT)
  const database: SampleStore['database'] = {
    value: stored,
    fault: 'none',
    delay: Promise.resolve(),
    readAt: [],
  }
  const mirror = { value: mirrored, writes: 0, isRefused: false }
  const fallbacks: string[] = []
  const watchers = new Set<() => void>()
  const used = { isClosed: false }

  async function inTransaction(work: () => void): Promise<void> {
    await Promise.resolve()
    if (database.fault === 'hangs') await new Promise(() => undefined)
    if (database.fault === 'rejects') throw new Error('No database here')
    work()
    if (database.fault === 'answer-lost') throw new Error('The connection was lost')
  }

  const shared = openSharedRecord(
    clock,
    {
      async read() {
        database.readAt.push(clock.uptime())
        let found: unknown
        await inTransaction(() => (found = database.value))
        await database.delay
        return found
      },
      update: (change) =>
        inTransaction(() => {
          database.value = change(database.value)
        }),
      reopen: () => undefined,
      close: () => (used.isClosed = true),
    },
    {
      read: () => mirror.value,
      write(value) {
        if (mirror.isRefused) return false
        mirror.value = value
        mirror.writes++
        return true
      },
      watch(onChange) {
        watchers.add(onChange)
        return () => watchers.delete(onChange)
      },
    },
    (place) => fallbacks.push(place),
  )
  return { clock, shared, database, mirror, fallbacks, watchers, used }
}
