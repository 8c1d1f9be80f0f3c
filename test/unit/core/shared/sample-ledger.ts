import { createLedger, type Ledger } from '../../../../src/core/shared/ledger.ts'
import { openSiblings, type Siblings } from '../../../../src/core/shared/siblings.ts'
import { sampleTab, type SampleTab } from '../session/sample-tab.ts'
import { sampleStore, type SampleStore } from './sample-store.ts'

/** A tab that has looked at the record, with all that it writes to and tells. */
export interface SampleLedger extends SampleTab, Omit<SampleStore, 'clock'> {
  readonly ledger: Ledger
  readonly siblings: Siblings
  /** The generations that were shown to the tab since, and by whom. */
  shown(): unknown[]
  /** What was posted to the other tabs. */
  readonly posted: unknown[]
  /** The work that events wait for. */
  readonly awaited: Promise<unknown>[]
  /** A message of another tab. */
  hear(message: unknown): void
}

/** Opens the ledger of a tab that knows `stored`, which the database has as well. */
export async function sampleLedger(stored?: unknown): Promise<SampleLedger> {
  const store = sampleStore(stored)
  const made = sampleTab(false, store.clock)
  const posted: unknown[] = []
  const awaited: Promise<unknown>[] = []
  let onMessage: (message: unknown) => void = () => undefined
  const siblings = openSiblings(made.tab, (listener) => {
    onMessage = listener
    return { post: (message) => posted.push(message), close: () => undefined }
  })
  const ledger = createLedger({
    tab: made.tab,
    shared: store.shared,
    siblings,
    events: { after: (work) => awaited.push(work) },
  })
  await ledger.look(() => Promise.resolve())
  return {
    ...made,
    ...store,
    ledger,
    siblings,
    posted,
    awaited,
    hear: (message) => onMessage(message),
    shown: () => made.changes.slice(1).map(({ next, by }) => [next?.generation, by]),
  }
}
