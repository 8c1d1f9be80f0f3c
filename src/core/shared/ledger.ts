import type { SessionStart } from '../../session-state.ts'
import type { Tokens } from '../../tokens.ts'
import { isSameGeneration } from '../record/further-on.ts'
import { isNewer, type Change, type SessionRecord } from '../record/record.ts'
import type { EventQueue } from '../notify/event-queue.ts'
import type { Tab } from '../session/tab.ts'
import type { Commit, SharedRecord } from './shared-record.ts'
import type { Siblings } from './siblings.ts'

type Initiator = SessionStart['initiator']

/** How a change is written and told. */
export interface Entry {
  /** How a session came to be known that this change makes known. @default 'this-tab' */
  readonly by?: Initiator | undefined
  /** The tokens of the generation that the change makes. */
  readonly tokens?: Tokens | undefined
  /** A refresh token is among what is written: it must be durable. */
  readonly secret?: boolean
  /** What the change will come to. The mirror, the other tabs and this tab see it before the commit: the page may be gone by then. */
  readonly ahead?: SessionRecord
  /** The user asked for it: a record of a newer version is replaced (E3). @default false */
  readonly replacesNewer?: boolean
  /** This tab alone makes the change while the record is of a newer version, which this one does not write (E3). @default false */
  readonly isMadeHere?: boolean
  /** Nothing that other tabs would act on. */
  readonly quiet?: boolean
}

/** Changes the shared record, shows this tab what is there now, and tells the other tabs. Never rejects. */
export type Write = (change: Change, entry?: Entry) => Promise<Commit>

/** Writes to the shared record, and shows this tab what was found there. */
export interface Writer {
  readonly write: Write
  /** Shows this tab a record that was found, with the tokens of its generation if they came along. */
  show(record: SessionRecord | null, tokens?: Tokens, by?: Initiator): void
}

/** The one place where the shared record is changed and where a change becomes visible. */
export interface Ledger extends Writer {
  /** Reads the record and shows it. `beforeShown` is given what was read, and may end a session whose time is up. */
  look(beforeShown: (found: SessionRecord | null) => Promise<void>): Promise<void>
  /** Reads the record without showing it. */
  read(): Promise<SessionRecord | null>
  /** Shows a record in this tab and in the mirror, for a page that may be gone before a commit. */
  announce(record: SessionRecord): void
  /** Begins work under a lock. */
  underLock(): LockedLedger
}

/** The ledger for work under a lock. Changes are committed at once, and shown when the lock is free: no listener runs under it. */
export interface LockedLedger extends Writer {
  /** Does this when the lock is free. */
  afterwards(work: () => void): void
  /** The lock is free. */
  release(): void
}

/** Creates the ledger of one tab. */
export function createLedger(deps: {
  readonly tab: Tab
  readonly shared: SharedRecord
  readonly siblings: Siblings
  readonly events: Pick<EventQueue<object>, 'after'>
}): Ledger {
  const { tab, shared, siblings, events } = deps

  function createWriter(defer: (work: () => void) => void): Writer {
    const before = tab.record?.session

    function show(
      record: SessionRecord | null,
      tokens?: Tokens,
      by: Initiator = 'other-tab',
    ): void {
      defer(() => observe(record, before, by, tokens))
    }

    /** The record stays as it is, and stays one of a newer version in the eyes of this tab. */
    function makeHere(change: Change, by: Initiator): void {
      const { record } = tab
      const next = change(record)
      if (record && next) show({ ...next, v: record.v }, undefined, by)
    }

    async function write(change: Change, entry: Entry = {}): Promise<Commit> {
      const { by = 'this-tab', tokens, secret, ahead, quiet, replacesNewer, isMadeHere } = entry
      // Not even tried: what is shown after a failed write may make a watcher try again, without end.
      if (isNewer(tab.record) && !replacesNewer) {
        if (isMadeHere) makeHere(change, by)
        return { outcome: 'lost', record: tab.record }
      }
      // Whether the change made a new session or generation. Otherwise another tab may have, unseen by this one.
      const step = { isOwn: false }
      if (ahead) {
        shared.announce(ahead)
        siblings.over(ahead)
      }
      const committing = shared.commit(
        (current) => {
          const next = change(current)
          step.isOwn = !!next && !isSameGeneration(current, next)
          return next
        },
        secret,
        replacesNewer,
      )
      if (ahead) {
        // Listeners hear of it once it is committed.
        events.after(committing)
        tab.observe(ahead, by)
      }
      const commit = await committing
      const { outcome, record } = commit
      const isWritten = outcome === 'written'
      // The mirror was told of a change that did not come about.
      if (ahead && !isWritten && record) shared.announce(record)
      const made = isWritten && step.isOwn ? record : null
      if (made) show(made, tokens, by)
      else show(record)
      if (isMadeHere && outcome === 'lost' && isNewer(tab.record)) makeHere(change, by)
      if (!quiet && (isWritten || ahead)) defer(() => siblings.hint(record))
      if (made && tokens) defer(() => siblings.answer(made, tokens))
      return commit
    }

    return { write, show }
  }

  /** A store found empty says nothing about a session that began while it was read. */
  function observe(
    record: SessionRecord | null,
    before: string | undefined,
    by: Initiator,
    tokens?: Tokens,
  ): void {
    if (record || tab.record?.session === before) tab.observe(record, by, tokens)
  }

  return {
    write: (change, entry) => createWriter((work) => work()).write(change, entry),
    show: (record, tokens, by) => createWriter((work) => work()).show(record, tokens, by),
    async look(beforeShown) {
      const before = tab.record?.session
      const record = await shared.look()
      await beforeShown(record)
      observe(record, before, 'other-tab')
    },
    read: () => shared.look(),
    announce(record) {
      shared.announce(record)
      tab.observe(record, 'this-tab')
    },
    underLock() {
      const deferred: (() => void)[] = []
      const afterwards = (work: () => void): void => void deferred.push(work)
      return {
        ...createWriter(afterwards),
        afterwards,
        release() {
          for (const work of deferred.splice(0)) work()
        },
      }
    },
  }
}
