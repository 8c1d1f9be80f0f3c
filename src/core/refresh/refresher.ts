import { SessionError } from '../../errors.ts'
import type { Ports } from '../../ports.ts'
import type { SessionStart } from '../../session-state.ts'
import type { Transport } from '../../transport.ts'
import { isPostponed } from '../record/pause.ts'
import { VERSION } from '../record/record.ts'
import { sessionOver } from '../session/scope.ts'
import type { Held } from '../session/tab.ts'
import { exclusively } from '../shared/exclusively.ts'
import type { LockedLedger } from '../shared/ledger.ts'
import type { SharedRecord } from '../shared/shared-record.ts'
import type { Siblings } from '../shared/siblings.ts'
import { plus, type WallMs } from '../time/moments.ts'
import { sleep } from '../time/sleep.ts'
import { createClaim } from './claim.ts'
import { createExchange, type Exchanged, type ExchangeDeps } from './exchange.ts'

const ATTEMPT_POLL_MS = 100
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

/** A refresh in progress. */
interface Run {
  readonly session: string
  readonly used: number
  readonly result: Promise<RefreshResult>
}

/** Creates the refresh of one tab: under a lock, so one tab does it and the others take over its result. */
export function createRefresher(
  deps: Omit<ExchangeDeps, 'ports' | 'transport'> & {
    readonly name: string
    readonly ports: Ports
    readonly transport: Transport
    readonly shared: Pick<SharedRecord, 'canKeepSecrets'>
    readonly siblings: Siblings
    /** Called as a refresh begins; what it returns, when that is over. */
    readonly onRefresh: (() => (result: RefreshResult) => void) | undefined
  },
): Refresh {
  const { name, ports, time, transport, storage, tab, shared, ledger } = deps
  const { siblings, adoption, onRefresh } = deps
  const exchange = createExchange(deps)
  const claim =
    !ports.locks || transport.idempotent === false
      ? createClaim({ time, tab, hasLocks: ports.locks !== null })
      : undefined
  let running: Run | undefined

  async function run(
    session: string,
    used: number,
    by: SessionStart['initiator'],
  ): Promise<RefreshResult> {
    const stop = new AbortController()
    const onDone = onRefresh?.()
    siblings.ask(session, used)
    const exchanged = await Promise.race([
      renewedElsewhere(session, used, stop.signal),
      takeTurn(session, used, by, stop.signal),
    ])
    stop.abort()
    const result = resultOf(session, used, exchanged)
    onDone?.(result)
    return result
  }

  async function renewedElsewhere(
    session: string,
    used: number,
    signal: AbortSignal,
  ): Promise<Exchanged> {
    await tab.whenPast(session, used, signal)
    return {}
  }

  async function takeTurn(
    session: string,
    used: number,
    by: SessionStart['initiator'],
    signal: AbortSignal,
  ): Promise<Exchanged> {
    const locked = ledger.underLock()
    try {
      const work = (): Promise<Exchanged> => renew(session, used, by, locked)
      return (await exclusively(ports, name, work, signal)) ?? {}
    } catch (cause) {
      // A token storage of the application's own may fail.
      return { cause }
    } finally {
      locked.release()
    }
  }

  async function renew(
    session: string,
    used: number,
    by: SessionStart['initiator'],
    locked: LockedLedger,
  ): Promise<Exchanged> {
    const record = await ledger.read()
    // Asked right after the read: IndexedDB may answer again later, but this record would still be the mirror's.
    const canKeep = storage.kind === 'memory' || shared.canKeepSecrets()
    const found = (exchanged: Exchanged = {}): Exchanged => {
      locked.show(record)
      return exchanged
    }
    if (record?.session !== session) return found()
    if (record.generation > used && (await adoption.adopt(record))) return found()
    if (record.rejected) return found()
    // What this tab holds is yet to be written (G2): a refresh from here would fetch it once more.
    if (record.generation < used) return found()
    if (isPostponed(record, time.now())) return found({ retryAt: record.retryAt })
    if (record.v > VERSION || !canKeep) return found()
    const spent = await exchange.open(record)
    if (claim && !(await claim(record, locked))) {
      await sleep(time, ATTEMPT_POLL_MS)
      return await renew(session, used, by, locked)
    }
    return await exchange.run({ record, spent, ledger: locked, by })
  }

  function resultOf(
    session: string,
    used: number,
    { retryAt = plus(time.now(), RETRY_MS), cause }: Exchanged,
  ): RefreshResult {
    const { held, record } = tab
    if (held?.session === session && held.generation > used) return { held }
    if (record?.session !== session) return { over: sessionOver(record) }
    return record.rejected ? { over: notRenewed() } : { retryAt, cause }
  }

  /** The run may have been started for older tokens, or have failed while newer ones arrived. */
  async function join(mine: Run, used: number): Promise<RefreshResult> {
    const result = await mine.result
    const { held } = tab
    return held?.session === mine.session && held.generation > used ? { held } : result
  }

  return async function refresh(session, used, by = 'this-tab'): Promise<RefreshResult> {
    const { held } = tab
    if (held?.session === session && held.generation > used) return { held }
    if (running?.session === session) {
      if (running.used >= used) return await join(running, used)
      await running.result
      return await refresh(session, used, by)
    }
    const mine: Run = {
      session,
      used,
      result: run(session, used, by).finally(() => {
        if (running === mine) running = undefined
      }),
    }
    running = mine
    return await mine.result
  }
}

/** The session is not over yet, but its access token is the last one. */
function notRenewed(): SessionError {
  return new SessionError('session_ended', 'The server does not renew this session', {
    reason: 'refresh-rejected',
  })
}
