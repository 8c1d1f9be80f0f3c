import { SessionError } from '../../errors.ts'
import type { Ports } from '../../ports.ts'
import type { SessionStart } from '../../session-state.ts'
import type { Transport } from '../../transport.ts'
import { isPostponed } from '../record/pause.ts'
import { isSameGeneration } from '../record/further-on.ts'
import { isNewer, type SessionRecord } from '../record/record.ts'
import { sessionOver } from '../session/scope.ts'
import type { Held } from '../session/tab.ts'
import { exclusively } from '../shared/exclusively.ts'
import type { LockedLedger } from '../shared/ledger.ts'
import type { SharedRecord } from '../shared/shared-record.ts'
import type { Siblings } from '../shared/siblings.ts'
import { plus, type WallMs } from '../time/moments.ts'
import { sleep } from '../time/sleep.ts'
import { createClaim } from './attempts.ts'
import { createExchange, type ExchangeDeps } from './exchange.ts'
import type { Exchanged } from './turn.ts'

// Ten tabs may wait at once, and each look is a transaction. Of a success they hear at once.
const ATTEMPT_POLL_MS = 500
const RETRY_MS = 1_000
/** What a refresh came to: newer tokens, the end of the session or of its renewal, or a later attempt. */
export type RefreshResult =
  | { readonly held: Held }
  /** What a request for this session rejects with. */
  | { readonly over: SessionError }
  /** When the next attempt is due, and what was wrong with this one. */
  | { readonly retryAt: WallMs; readonly cause?: unknown }

/** Renews the tokens of `session` if they are still of generation `used`: once for all tabs together. Never rejects. */
export type Refresh = (
  session: string,
  used: number,
  by?: SessionStart['initiator'],
) => Promise<RefreshResult>

/**
 * Has a worker make this refresh, as far as it can. Resolves when this tab is to look for itself, or when `signal` aborts;
 * never rejects.
 */
export type AskWorker = (session: string, used: number, signal: AbortSignal) => Promise<void>

/** One turn of this tab: the renewal to make, and the lock that it has or lacks. */
interface Work {
  readonly session: string
  readonly used: number
  readonly by: SessionStart['initiator']
  readonly locked: LockedLedger
  readonly hasLock: boolean
  /** The other tabs have been asked for the tokens of this record. */
  readonly asked: SessionRecord | undefined
}

/**
 * What this tab does before it takes the lock again: other tabs would have to wait for the timers of this page, which may be
 * hidden.
 */
interface Break {
  readonly pause: (signal: AbortSignal) => Promise<unknown>
  readonly asked?: SessionRecord
}

/** A refresh in progress. */
interface Run {
  readonly session: string
  readonly used: number
  readonly result: Promise<RefreshResult>
}

/** Creates the refresh of one tab: under a lock, so one tab does it and the others take over its result. */
export function createRefresher(
  deps: Omit<ExchangeDeps, 'ports'> & {
    readonly name: string
    readonly ports: Ports
    readonly transport: Pick<Transport, 'hintCookie'>
    readonly shared: Pick<SharedRecord, 'canKeepSecrets' | 'peek'>
    readonly siblings: Siblings
    /** Called before this tab takes its turn. @default none, and tabs refresh by themselves */
    readonly askWorker?: AskWorker | undefined
    /** Called as a refresh begins; what it returns, when that is over. */
    readonly onRefresh: (() => (result: RefreshResult) => void) | undefined
  },
): Refresh {
  const { name, ports, time, transport, storage, tab, shared, ledger } = deps
  const { siblings, adoption, attempts, disposed, askWorker, onRefresh } = deps
  const { page, locks } = ports
  const { hintCookie } = transport
  const exchange = createExchange(deps)
  const claim = createClaim({
    ...{ time, page, hintCookie, tab, shared, attempts, hasLocks: locks !== null },
  })
  let running: Run | undefined

  async function run(
    session: string,
    used: number,
    by: SessionStart['initiator'],
  ): Promise<RefreshResult> {
    const onDone = onRefresh?.()
    const stop = new AbortController()
    siblings.ask(session, used)
    const exchanged = await Promise.race([
      tab.whenPast(session, used, stop.signal).then(() => undefined),
      takeTurn(session, used, by, stop.signal),
    ])
    stop.abort()
    const result = resultOf(session, used, exchanged)
    onDone?.(result)
    return result
  }

  async function takeTurn(
    session: string,
    used: number,
    by: SessionStart['initiator'],
    signal: AbortSignal,
  ): Promise<Exchanged | undefined> {
    await askWorker?.(session, used, signal)
    const locked = ledger.underLock()
    let asked: SessionRecord | undefined
    const work = (hasLock: boolean) => renew({ session, used, by, locked, hasLock, asked })
    try {
      while (!disposed.aborted) {
        const outcome = await exclusively(ports, name, work, signal)
        if (!outcome || !('pause' in outcome)) return outcome
        await outcome.pause(signal)
        asked = outcome.asked ?? asked
      }
      return undefined
    } catch (cause) {
      // A token storage of the application's own may fail.
      return { cause }
    } finally {
      locked.release()
    }
  }

  async function renew({
    session,
    used,
    by,
    locked,
    hasLock,
    asked,
  }: Work): Promise<Exchanged | Break | undefined> {
    const record = await ledger.read()
    // Asked right after the read: IndexedDB may answer again later, but this record would still be the mirror's.
    const canKeep = storage.kind === 'memory' || shared.canKeepSecrets()
    // What this tab holds may be yet to be written (G2): a refresh from here would fetch it once more.
    const isOurs = record?.session === session && record.generation >= used
    // A session that the server refuses to renew goes on as long as a tab has its access token.
    const mayAdopt = isOurs && (record.generation > used || record.rejected === true)
    const isAdopted = mayAdopt && (await adoption.adopt(record, hasLock ? [] : undefined))
    const mustAsk = mayAdopt && !isAdopted && hasLock && !siblings.isAlone
    if (mustAsk && !(asked && isSameGeneration(asked, record)))
      return { pause: () => adoption.adopt(record), asked: record }
    const mayRenew = isOurs && !isAdopted
    const isPaused = mayRenew && isPostponed(record, time.now())
    if (!mayRenew || isPaused || isNewer(record) || !canKeep) {
      locked.show(record)
      return isPaused ? { retryAt: record.retryAt } : undefined
    }
    const spent = storage.kind === 'memory' ? null : await storage.open(record.sealed)
    if (!(await claim(record, locked, hasLock)))
      return { pause: (signal) => sleep(time, ATTEMPT_POLL_MS, signal) }
    return await exchange({ record, spent, ledger: locked, hasLock, by })
  }

  function resultOf(
    session: string,
    used: number,
    { retryAt = plus(time.now(), RETRY_MS), cause }: Exchanged = {},
  ): RefreshResult {
    const { record } = tab
    const held = tab.heldPast(session, used)
    if (held) return { held }
    if (record?.session !== session) return { over: sessionOver(record) }
    if (record.rejected) return { over: notRenewed() }
    return isNewer(record) ? { over: outdated() } : { retryAt, cause }
  }

  return async function refresh(session, used, by = 'this-tab'): Promise<RefreshResult> {
    const before = tab.heldPast(session, used)
    if (before) return { held: before }
    const { record } = tab
    // During a pause no tab gets newer tokens. Under the lock the result would be the same, only later.
    if (record?.session === session && record.generation <= used && isPostponed(record, time.now()))
      return { retryAt: record.retryAt }
    if (running?.session !== session) {
      const result = run(session, used, by).finally(() => {
        if (running === mine) running = undefined
      })
      const mine: Run = { session, used, result }
      running = mine
    }
    const joined = running
    const result = await joined.result
    // That refresh may have begun for older tokens, or have failed while newer ones arrived.
    const held = tab.heldPast(session, used)
    if (held) return { held }
    return joined.used < used ? await refresh(session, used, by) : result
  }
}

/** The session is not over yet, but its access token is the last one. */
function notRenewed(): SessionError {
  return new SessionError('session_ended', 'The server does not renew this session', {
    reason: 'refresh-rejected',
  })
}

/** Only a page of the newer version can renew this session, and after a release was taken back there may be none. */
function outdated(): SessionError {
  return new SessionError(
    'refresh_unavailable',
    'A newer version of latchkey keeps this session, and this page cannot renew it; reload the page',
  )
}
