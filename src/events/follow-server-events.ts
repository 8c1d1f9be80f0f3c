import { abortable } from '../core/time/abortable.ts'
import { pauseAfter, UNHURRIED, type Pause } from '../core/record/pause.ts'
import type { EventQueue } from '../core/notify/event-queue.ts'
import { freshness } from '../core/record/freshness.ts'
import { inSession } from '../core/record/record.ts'
import { draw, ended } from '../core/record/transitions.ts'
import type { Renewal } from '../core/refresh/renewal.ts'
import { renewsAhead } from '../core/record/renew-ahead.ts'
import type { Ledger } from '../core/shared/ledger.ts'
import type { Time } from '../core/time/time.ts'
import type { Siblings } from '../core/shared/siblings.ts'
import { sleep, within } from '../core/time/sleep.ts'
import type { Tab } from '../core/session/tab.ts'
import type { Dispose, Ports } from '../ports.ts'
import type { ServerEvent, SessionEvents } from '../session-state.ts'
import type { Transport } from '../transport.ts'
import { connect, type Ending } from './connect.ts'
import type { Block } from './event-parser.ts'
import { createEventRelay, type RelayedConnection } from './event-relay.ts'

// A server may ask for longer pauses than is reasonable.
const LONGEST_RETRY_MS = 3_600_000
// How long a page that has just opened waits for what other tabs know of its stream.
const ASKED_MS = 100

/** What an event means to the session: it has ended, its claims have changed, or nothing (the event is for the application). */
export type ServerEventVerdict = 'ended' | 'renew' | 'ok'

/** What following the events of a server works with. */
export interface ServerEventsDeps {
  readonly name: string
  readonly ports: Ports
  readonly tab: Tab
  readonly time: Time
  readonly ledger: Ledger
  readonly siblings: Siblings
  readonly events: EventQueue<Pick<SessionEvents, 'server-event'>>
  readonly renewal: Renewal
  /** Looks at the record; ends the session if its time is up. */
  readonly look: () => Promise<void>
  readonly transport: Pick<Transport, 'slides'>
}

/** What the application has set. */
export interface ServerEventsSettings {
  readonly url: string
  readonly judgeEvent: (event: ServerEvent) => ServerEventVerdict
  readonly silenceMs: number
  /** `authFetch`, which hands an event stream on as it comes. */
  readonly fetch: typeof fetch
}

interface Turn {
  readonly session: string
  readonly over: AbortController
}

/**
 * Follows the events of the server while a user is signed in, by one connection for all tabs: that of the tab that has the
 * lock. Where there are no locks or no channel, each visible tab has its own. A page that is left closes its connection.
 */
export function followServerEvents(
  deps: ServerEventsDeps,
  settings: ServerEventsSettings,
): Dispose {
  const { name, ports, time, tab, ledger, siblings, events, renewal, look, transport } = deps
  const { page } = ports
  let { locks } = ports
  if (siblings.isAlone) locks = null
  let isAway = false
  let isDisposed = false
  let turn: Turn | undefined
  let hurry = (): void => undefined
  let notice = (): void => undefined

  const relay = createEventRelay({
    time,
    tab,
    look,
    randomId: ports.randomId,
    openChannel: (onMessage) => locks && ports.openChannel(`${name}:events`, onMessage),
    tell: (event) => events.emit('server-event', event),
    onChange: check,
  })

  /** Whether this tab may have the stream of this session. */
  function mayHave(session: string): boolean {
    const { record, state } = tab
    const isSignedIn = state.status === 'logged-in' && record?.session === session
    return isSignedIn && !isDisposed && !isAway && (locks !== null || page.isVisible())
  }

  /**
   * Whether it may connect as well. A stream is not activity, and the server ends it with its access token: a hidden page
   * goes on as long as its token is good, and never renews because of the stream.
   */
  function mayConnect(): boolean {
    const { record, held } = tab
    if (!record || !mayHave(record.session) || relay.isOver) return false
    const isFresh =
      held?.session === record.session && freshness(held, time.sessionNow()) === 'fresh'
    const isVisible = page.isVisible()
    return (
      isFresh ||
      (transport.slides ? renewsAhead(record, isVisible, true) : isVisible && !record.rejected)
    )
  }

  function check(): void {
    if (turn && !mayHave(turn.session)) turn.over.abort()
    notice()
  }

  async function run(): Promise<void> {
    let before
    while (!isDisposed) {
      // After the look, a page that comes back from the back/forward cache has its channel again.
      if (mayConnect()) await look()
      const { record } = tab
      if (record && mayConnect()) await takeTurn(record.session, before === 'restoring')
      before = tab.state.status
      if (!mayConnect()) await new Promise<void>((resolve) => (notice = resolve))
    }
  }

  /** `isRestored`: the page has just found this session, whose stream it may have had before it was reloaded. */
  async function takeTurn(session: string, isRestored: boolean): Promise<void> {
    const { signal } = (turn = { session, over: new AbortController() }).over
    const answered = relay.ask()
    try {
      if (locks && isRestored) await within(time, ASKED_MS, () => answered, undefined)
      // Released when the page is left, whatever it was waiting for: a page may stay in the back/forward cache for long.
      const work = (): Promise<void> => abortable(follow(session, signal), signal)
      await (locks ? locks.run(`${name}:events`, work, signal) : work())
    } catch {
      // Locks are refused here.
      if (!signal.aborted) {
        locks = null
        relay.leave()
      }
    }
    turn = undefined
  }

  async function follow(session: string, signal: AbortSignal): Promise<void> {
    const { url, silenceMs, fetch } = settings
    let pause: Pause | undefined
    let retryMs = 0
    let connection: RelayedConnection | undefined
    const isOver = (): boolean => signal.aborted
    try {
      for (;;) {
        // The tab that had the stream before may have heard on it that the session is over.
        await look()
        if (isOver() || !mayConnect()) return
        const { tell } = (connection = relay.open())
        const onBlock = (block: Block): Promise<void> | void => applyVerdict(session, block, tell)
        const from = relay.lastEventId
        const ending = await connect({ clock: time, fetch, url, silenceMs }, from, onBlock, signal)
        if (isOver()) return
        if (ending.isOver) return relay.end()
        retryMs = Math.min(ending.retryMs ?? retryMs, LONGEST_RETRY_MS)
        pause = await rest({ ...ending, retryMs }, pause, signal)
      }
    } finally {
      connection?.close()
    }
  }

  /** Waits as long as the server asks for, or longer after each failure. A network that returns ends the wait. */
  async function rest(
    { wasHeard, retryMs, retryAfterMs }: Ending & { readonly retryMs: number },
    before: Pause | undefined,
    signal: AbortSignal,
  ): Promise<Pause> {
    const chance = ports.random()
    const now = time.now()
    // Spread out: when a server restarts, all of its streams end at once.
    const askedMs = retryAfterMs ?? (wasHeard ? retryMs * (1 + chance / 2) : undefined)
    const pause = pauseAfter((!wasHeard && before) || UNHURRIED, now, chance, askedMs)
    const leastMs = retryAfterMs === undefined ? retryMs : 0
    const done = new AbortController()
    const stop = (): void => done.abort()
    signal.addEventListener('abort', stop)
    if (retryAfterMs === undefined) hurry = stop
    await sleep(time, Math.max(pause.retryAt - now, leastMs), done.signal)
    signal.removeEventListener('abort', stop)
    hurry = () => undefined
    return pause
  }

  function applyVerdict(
    session: string,
    block: Block,
    tell: (block: Block) => void,
  ): Promise<void> | undefined {
    const { id, event } = block
    const verdict = event ? verdictOn({ ...event, id: id || null }) : 'ok'
    if (verdict === 'ok') tell(block)
    else if (id !== undefined) tell({ id, event: null })
    if (verdict === 'renew') void renew(session)
    return verdict === 'ended' ? end(session) : undefined
  }

  function verdictOn(event: ServerEvent): ServerEventVerdict {
    try {
      return settings.judgeEvent(event)
    } catch (error) {
      ports.report(error)
      return 'ok'
    }
  }

  /** The server has ended it, so it need not be told. */
  async function end(session: string): Promise<void> {
    const drawn = draw(ports.randomId)
    const how = { reason: 'revoked', by: null, at: time.sessionNow() } as const
    await ledger.write(inSession(session, (current) => ended(current, drawn, how)))
  }

  /** Gets newer tokens than any so far. If that fails, the next renewal brings the same claims. */
  async function renew(session: string): Promise<void> {
    await look()
    const { record } = tab
    if (record?.session === session)
      await renewal.newer(session, record.generation).catch(() => undefined)
  }

  const stops = [
    tab.watch(check),
    page.watch((moment) => {
      if (moment === 'left') isAway = true
      if (moment === 'woke') isAway = false
      if (moment === 'online') hurry()
      check()
    }),
    () => relay.leave(),
  ]
  void run()

  return () => {
    isDisposed = true
    for (const stop of stops) stop()
    check()
  }
}
