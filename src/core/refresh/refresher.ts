import type { Ports } from '../../ports.ts'
import type { SessionEvents, SessionStart } from '../../session-state.ts'
import type { Transport } from '../../transport.ts'
import type { Adoption } from './adoption.ts'
import { isPostponed } from '../record/pause.ts'
import type { LoggedEvents } from '../session/event-log.ts'
import type { EventQueue } from '../session/event-queue.ts'
import type { Exchange, Report } from './exchange.ts'
import { exclusively } from '../shared/exclusively.ts'
import { isSameGeneration, VERSION, type SessionRecord } from '../record/record.ts'
import type { SharedRecord } from '../shared/shared-record.ts'
import type { Siblings } from '../shared/siblings.ts'
import { sleep } from '../time/sleep.ts'
import type { Tab } from '../session/tab.ts'

const ATTEMPT_MS = 10_000
const LEASE_MS = 15_000
const ATTEMPT_POLL_MS = 100
const RETRY_MS = 1_000

/**
 * What a refresh came to, as far as the tab does not show it: after one without `retryAt` it either holds newer tokens,
 * or the session is not to be renewed any more.
 */
export interface RefreshResult {
  /** It could not be made now: when the next attempt is due, epoch milliseconds, and what stood in the way of this one. */
  readonly retryAt?: number
  readonly cause?: unknown
}

/** Renews the tokens of `session` if they are still of generation `used`: once for all tabs together. Never rejects. */
export type Refresh = (
  session: string,
  used: number,
  by?: SessionStart['initiator'],
) => Promise<RefreshResult>

/** Creates the refresh of one tab: who does it, and who only waits for it. */
export function createRefresh(deps: {
  readonly name: string
  readonly ports: Ports
  readonly transport: Transport
  readonly tab: Tab
  readonly shared: SharedRecord
  readonly siblings: Siblings
  readonly adoption: Adoption
  readonly exchange: Exchange
  readonly events: EventQueue<Pick<SessionEvents & LoggedEvents, 'refresh-failed' | 'refresh'>>
}): Refresh {
  const { name, ports, transport, tab, shared, siblings, adoption, exchange, events } = deps
  const { clock, locks } = ports
  const needsClaim = !locks || transport.idempotent === false
  const claimMs = locks ? ATTEMPT_MS : LEASE_MS
  let running:
    | { readonly session: string; readonly used: number; readonly result: Promise<RefreshResult> }
    | undefined

  async function run(
    session: string,
    used: number,
    by: SessionStart['initiator'],
  ): Promise<RefreshResult> {
    const stop = new AbortController()
    const startedAt = clock.uptime()
    let maker: LoggedEvents['refresh']['by'] = 'other-tab'
    let locked = false
    const elsewhere = tab.whenPast(session, used, stop.signal).then(() => ({}))
    siblings.ask(session, used)
    const onTurn = (isLocked: boolean): Promise<Report> => {
      locked = isLocked
      return renew(session, used)
    }
    const here = exclusively(ports, name, onTurn, stop.signal)
      // A token storage of the application's own may fail.
      .catch((cause: unknown) => ({ ...later(tab.record), cause }))
      .then((report) => {
        if (report?.isOurs) maker = 'this-tab'
        return tell(session, report, by)
      })
    const result: RefreshResult = await Promise.race([elsewhere, here])
    stop.abort()
    const detail = { outcome: outcomeOf(session, used, result), by: maker, locked }
    events.emit('refresh', { ...detail, ms: Math.round(clock.uptime() - startedAt) })
    ports.measure('latchkey:refresh', startedAt, detail)
    return result
  }

  async function renew(session: string, used: number): Promise<Report> {
    const record = await shared.look()
    // Of this look: the database may come back while a sibling is asked, but the record at hand is still the mirror's.
    const isPossible = exchange.isPossible()
    if (record?.session !== session) return { record }
    if (record.generation > used && (await adoption.adopt(record))) return { record }
    if (record.rejected) return { record }
    // What this tab holds is yet to be written (G2): to go on from here would be to fetch it once more.
    if (record.generation < used) return later(record)
    if (isPostponed(record, clock.now())) return later(record, record.retryAt)
    if (record.v > VERSION || !isPossible) return later(record)
    const spent = await exchange.open(record)
    if (needsClaim && !(await claim(record))) {
      await sleep(clock, ATTEMPT_POLL_MS)
      return await renew(session, used)
    }
    return await exchange.run(record, spent)
  }

  /** Marks that this tab is at it, where no lock (L0) or no key (O1) keeps the others from trying too. */
  async function claim(record: SessionRecord): Promise<boolean> {
    const { absences } = tab
    const startedAt = clock.now()
    const { outcome } = await shared.commit((current) => {
      if (!isSameGeneration(current, record)) return undefined
      const { attempt } = current
      const isTaken =
        attempt && attempt.by !== tab.id && Math.abs(startedAt - attempt.startedAt) < claimMs
      return isTaken ? undefined : { ...current, attempt: { by: tab.id, startedAt } }
    })
    // A claim from before the page stood still may have been taken over since.
    return outcome === 'written' && tab.absences === absences
  }

  /** After the release, so that no listener runs under the lock. */
  function tell(
    session: string,
    report: Report | undefined,
    by: SessionStart['initiator'],
  ): RefreshResult {
    if (!report) return {}
    const { record, tokens, unwritten, isOurs, failedWith, retryAt = 0 } = report
    if (unwritten && tokens) tab.hold(unwritten, tokens)
    // That storage was cleared is no news of a session that has begun since.
    if (record || tab.record?.session === session)
      tab.observe(record, isOurs ? by : 'other-tab', tokens)
    if (failedWith !== undefined) events.emit('refresh-failed', { retryAt, status: failedWith })
    return report
  }

  function later(record: SessionRecord | null, retryAt = clock.now() + RETRY_MS): Report {
    return { retryAt, record }
  }

  function outcomeOf(
    session: string,
    used: number,
    { retryAt }: RefreshResult,
  ): LoggedEvents['refresh']['outcome'] {
    const { held } = tab
    if (held?.session === session && held.generation > used) return 'renewed'
    return retryAt === undefined ? 'over' : 'unavailable'
  }

  return function refresh(session, used, by = 'this-tab'): Promise<RefreshResult> {
    if (running?.session === session) {
      // One begun for an older token may come to no more than the one that has run out here.
      return running.used >= used
        ? running.result
        : running.result.then(() => refresh(session, used, by))
    }
    const mine = {
      session,
      used,
      result: run(session, used, by).finally(() => {
        if (running === mine) running = undefined
      }),
    }
    running = mine
    return mine.result
  }
}
