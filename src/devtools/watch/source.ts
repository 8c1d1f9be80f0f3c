import type { Diagnostics, DiagnosisDeps, FollowedSession } from '../../core/notify/diagnostics.ts'
import type { LogEntry } from '../../core/notify/event-log.ts'
import { sleep } from '../../core/time/sleep.ts'
import { watchInput } from '../../platform/input.ts'
import type { Dispose, Ports } from '../../ports.ts'
import { readDiagnostics } from '../model/day-file.ts'
import { fromLog } from '../model/from-log.ts'
import { openBook, type Book, type EndEntry, type Order } from './book.ts'
import { createMishaps, type Mishap, type Mishaps } from './mishaps.ts'
import { watchFetch, watchSessionLock } from './watch-ports.ts'

/** How long other tabs have to say what they know, for a file. */
const COLLECT_MS = 1_000
/** Input with pauses shorter than this is told as one. */
const ACTIVITY_MS = 1_200

/** What the tools show: one session, in all tabs. */
export interface Source {
  readonly name: string
  readonly book: Book
  readonly mishaps: Pick<Mishaps, 'isOn' | 'watch'>
  /** The ports that the session is to use. */
  readonly ports: Ports
  /** Causes a mishap in all tabs, or ends it. */
  cause(mishap: Mishap, on: boolean): void
  /** An entry of the log was made. */
  hear(entry: LogEntry): void
  /** The session may have changed. */
  describe(): void
  /** Whether the session asks for new tokens now. */
  setAsking(isAsking: boolean): void
  follow(session: FollowedSession, collect: () => Promise<Diagnostics>): void
  /** What `session.diagnostics()` says in each tab that answers within a second, by number. */
  collect(): Promise<Readonly<Record<string, Diagnostics>>>
  close(): void
}

/** Begins to watch one session. */
export function openSource({
  name,
  ports,
  resolveTarget,
  transport,
  showPaths,
}: Omit<DiagnosisDeps, 'origins'> & { readonly showPaths: boolean }): Source {
  const { clock } = ports
  const answers = new Map<string, Map<number, Diagnostics>>()
  let session: FollowedSession | undefined
  let diagnose: (() => Promise<Diagnostics>) | undefined
  let isAsking = false
  let told = ''

  const mishaps = createMishaps(clock, () => session?.tab.record ?? null)
  const book = openBook(ports, name, (order, answer) => {
    if (order.type === 'hello') for (const each of mishaps.lasting()) answer(each)
    if (order.type === 'collect')
      void diagnose?.().then((diagnostics) =>
        answer({ type: 'collected', ask: order['ask'], tab: book.tab, diagnostics }),
      )
    if (order.type === 'collected') hearDiagnostics(order)
    mishaps.obey(order)
  })
  const stopInput = watchActivity(ports, book)

  const watched: Ports = {
    ...ports,
    clock: { ...clock, now: () => clock.now() + mishaps.aheadMs },
    page: mishaps.watchPage(ports.page),
    locks: ports.locks && watchSessionLock(ports.locks, name, book),
    fetch: watchFetch(ports.fetch, {
      book,
      mishaps,
      showPaths,
      carriesToken: (url) => resolveTarget(url) !== null,
      isRenewal: () => isAsking,
    }),
  }

  function hearDiagnostics({ ask, tab, diagnostics }: Order): void {
    const read = readDiagnostics(diagnostics)
    if (typeof tab === 'number' && read) answers.get(String(ask))?.set(tab, read)
  }

  function describe(): void {
    if (!session) return
    const { tab, shared } = session
    const { record, state } = tab
    const now = watched.clock.now()
    const detail = {
      session: state.status,
      storage: shared.place,
      epoch: record?.epoch ?? 0,
      generation: record?.generation ?? 0,
      seq: record?.seq ?? null,
      idempotent: transport.idempotent ?? null,
      answerMs: record?.answerMs ?? null,
      failures: record?.failures ?? 0,
      rejected: record?.rejected ?? false,
      idleAfterMs: record?.idle?.afterMs ?? null,
    }
    // The times go on by themselves, so they alone are no news.
    const news = JSON.stringify([detail, state.endsAt, state.accessExpiresAt])
    if (news === told) return
    told = news
    book.describe({
      ...detail,
      forMs: state.accessExpiresAt === null ? null : state.accessExpiresAt - now,
      endsInMs: state.endsAt === null ? null : state.endsAt - now,
    })
  }

  return {
    name,
    book,
    mishaps,
    ports: watched,
    cause(mishap, on) {
      const now = book.now()
      book.note({
        kind: 'mishap',
        at: now,
        until: now,
        outcome: 'quiet',
        detail: { mishap, on },
      })
      book.send(mishaps.cause(mishap, on))
    },
    hear(entry) {
      for (const noted of fromLog(entry, book.now())) book.note(noted)
      if (entry.event === 'started') noteFoundToken(entry, session, watched, book)
    },
    describe,
    setAsking(next) {
      isAsking = next
    },
    follow(followed, collect) {
      session = followed
      diagnose = collect
      describe()
    },
    async collect() {
      const ask = ports.randomId()
      const found = new Map<number, Diagnostics>()
      answers.set(ask, found)
      book.send({ type: 'collect', ask })
      const [own] = await Promise.all([diagnose?.(), sleep(clock, COLLECT_MS)])
      answers.delete(ask)
      if (own && book.tab !== null) found.set(book.tab, own)
      return Object.fromEntries([...found].sort(([one], [other]) => one - other))
    },
    close() {
      stopInput()
      book.close()
    },
  }
}

/** A session that was found brings a token along, which no renewal has announced. */
function noteFoundToken(
  { initiator }: LogEntry,
  session: FollowedSession | undefined,
  { clock }: Ports,
  book: Book,
): void {
  const expiresAt = session?.tab.state.accessExpiresAt ?? null
  const forMs = expiresAt === null ? 0 : expiresAt - clock.now()
  const at = book.now()
  const detail = { forMs, ...(initiator === 'other-tab' && { by: initiator }) }
  if (forMs > 0) book.note({ kind: 'token', at, until: at + forMs, outcome: 'quiet', detail })
}

/** Notes when the user is active, by the input that the idle timeout counts. */
function watchActivity({ clock }: Ports, book: Book): Dispose {
  let end: EndEntry | undefined
  let stop: Dispose | undefined
  const stopInput = watchInput(() => {
    end ??= book.begin('activity')
    stop?.()
    stop = clock.schedule(() => {
      end?.('quiet')
      end = undefined
    }, ACTIVITY_MS)
  })
  return () => {
    stop?.()
    stopInput()
  }
}
