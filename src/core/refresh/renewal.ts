import { SessionError } from '../../errors.ts'
import type { Page } from '../../ports.ts'
import type { Transport } from '../../transport.ts'
import { accessEndsAt } from '../record/expiry.ts'
import { freshness } from '../record/freshness.ts'
import type { SessionRecord } from '../record/record.ts'
import { limitDueAt, renewsAhead } from '../record/renew-ahead.ts'
import type { Held, Tab } from '../session/tab.ts'
import { createDeadline } from '../time/deadline.ts'
import type { SessionMs } from '../time/moments.ts'
import { within } from '../time/sleep.ts'
import type { Time } from '../time/time.ts'
import type { Refresh } from './refresher.ts'

// However short a token lives or however long its answer took, the next renewal is not made sooner.
const REST_MS = 1_000

/** Gets newer tokens for the callers that wait for them, and renews before they are needed. */
export interface Renewal {
  /**
   * Tokens newer than generation `used` of `session`. Waits through outages for `atMostMs`, counted from `since` on the
   * uptime clock; by default for the session's `maxWaitMs`, from now. Rejects with `session_ended`, `session_changed` or
   * `refresh_unavailable`.
   */
  newer(session: string, used: number, since?: number, atMostMs?: number): Promise<Held>
  /** Renews once in the background. */
  behind(): void
  /** From now on renews ahead of expiry, while the page is visible. */
  start(): void
  /** The page was shown or hidden, or time has passed unseen. */
  check(): void
  /** What failed may work now. */
  hurry(): void
  dispose(): void
}

/** Creates the renewal of one tab. */
export function createRenewal(deps: {
  readonly time: Time
  readonly page: Page
  readonly transport: Pick<Transport, 'slides'>
  readonly tab: Tab
  readonly refresh: Refresh
  readonly maxWaitMs: number
}): Renewal {
  const { time, page, transport, tab, refresh, maxWaitMs } = deps
  const { slides = false } = transport
  const ahead = createDeadline(time, behind)
  let unwatch: (() => void) | undefined
  let restUntil = -Infinity

  async function newer(
    session: string,
    used: number,
    since = time.uptime(),
    atMostMs = maxWaitMs,
  ): Promise<Held> {
    const leftMs = (): number => Math.max(since + atMostMs - time.uptime(), 0)
    let last: { readonly retryAt?: number; readonly cause?: unknown } = {}

    async function wait(over: AbortSignal): Promise<Held | undefined> {
      let newest = used
      while (!over.aborted) {
        const result = await refresh(session, newest)
        if ('over' in result) throw result.over
        if ('held' in result) {
          const { held } = result
          // Tokens of another tab may have expired as well; the next ones are taken as they are.
          if (newest > used || freshness(held, time.sessionNow()) !== 'expired') return held
          newest = held.generation
          continue
        }
        last = result
        const waitMs = result.retryAt - time.now()
        if (waitMs > leftMs()) break
        await within(time, waitMs, (done) => tab.whenPast(session, newest, done), null)
      }
      return undefined
    }

    const held = await within(time, leftMs(), wait, undefined)
    if (held) return held
    throw new SessionError(
      'refresh_unavailable',
      'The access token has expired and cannot be renewed now',
      last,
    )
  }

  function behind(): void {
    const { record } = tab
    if (!record) return
    const used = neededBeyond(tab, record, time.sessionNow())
    const by = record.status === 'unknown' ? 'restored' : 'this-tab'
    void refresh(record.session, used, by).then((result) => {
      const pauseMs = 'retryAt' in result ? result.retryAt - time.now() : REST_MS
      restUntil = time.uptime() + pauseMs
      plan()
    })
  }

  function plan(): void {
    const { record, held } = tab
    if (!unwatch || !record || tab.isDenied || !renewsAhead(record, page.isVisible(), slides))
      return ahead.set(Infinity)
    const now = time.sessionNow()
    const dueAt = Math.min(held?.renewAt ?? now, limitDueAt(record))
    ahead.set(Math.max(dueAt - now, restUntil - time.uptime()))
  }

  return {
    newer,
    behind,
    start() {
      unwatch ??= tab.watch(plan)
      plan()
    },
    check() {
      plan()
      ahead.check()
    },
    hurry() {
      restUntil = -Infinity
      plan()
    },
    dispose() {
      unwatch?.()
      unwatch = undefined
      ahead.set(Infinity)
    },
  }
}

/**
 * The generation beyond which a tab needs tokens: that of the tokens it holds. For a tab that holds none, the tokens of
 * the record itself are new while they are good: another tab can hand them over.
 */
export function neededBeyond(
  { held }: Pick<Tab, 'held'>,
  record: SessionRecord,
  now: SessionMs,
): number {
  if (held) return held.generation
  const { generation } = record
  return generation > 0 && (accessEndsAt(record) ?? Infinity) > now ? generation - 1 : generation
}
