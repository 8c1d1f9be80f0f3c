import { furtherOn } from '../../src/core/record/further-on.ts'
import { parseRecord } from '../../src/core/record/parse-record.ts'
import { diagnostics, expiryWarnings, idleTimeout, serverEvents, stay } from '../../src/index.ts'
import { createVirtualBrowser, type VirtualTab } from '../../src/testing/index.ts'
import { createRandom } from '../../src/testing/random.ts'
import { createEventServer } from '../support/event-server.ts'
import { plainStorage } from '../support/profile.ts'
import { NAMELESS } from './moves/session.ts'
import type { Story } from './story.ts'
import { TRANSPORTS, type TransportKind } from './transports.ts'
import { sidOf, STREAM } from './moves/stream.ts'
import { createWeather, NEIGHBOUR } from './weather.ts'
import {
  API,
  isBeyondHelp,
  isFragile,
  READY_MS,
  STAY_CALLS,
  STAY_MS,
  type Actor,
  type Call,
  type SentEvent,
  type World,
} from './world.ts'

const STEP_MS = 5_000
// A token that expires so soon is not sent any more.
const LEEWAY_MS = 5_000
// Tabs may be that far apart (E4).
const SAME_TIME_MS = 2_000
const EVENTS = [
  'started',
  'refreshed',
  'refresh-failed',
  'expiring',
  'extended',
  'ended',
  'degraded',
  'server-event',
] as const
// Each stream that is silent for so long is opened anew.
const SILENCE_MS = 600_000

/** Begins a story: a browser with one tab. */
export function createWorld({ setting, seed }: Pick<Story, 'setting' | 'seed'>): World {
  const { afterMs, warnMs, leadMs, hasEvents, stays = false, hasWorker = false } = setting
  const kind: TransportKind = TRANSPORTS[setting.transport]
  const isWatched = afterMs < Infinity
  // What a tab has seen and not shared is lost with it (G3).
  const unsharedMs = Math.min(Math.max(Math.min(warnMs, afterMs - warnMs) / 4, 1_000), 15_000)
  const transport = kind.create()
  const random = createRandom(seed)
  const browser = createVirtualBrowser({
    seed,
    server: kind.server,
    session: {
      origins: [API],
      transport,
      ...(kind.isSecret && { storage: plainStorage }),
      leadMs,
      diagnostics: diagnostics(),
      warnings: expiryWarnings({ warnMs }),
      ...(isWatched && { idle: idleTimeout({ afterMs }) }),
      ...(stays && {
        onEnd: stay({ withinMs: STAY_MS, maxRequests: STAY_CALLS, onWriteFailed: () => true }),
      }),
      ...(hasEvents && { events: serverEvents(STREAM, { silenceMs: SILENCE_MS }) }),
    },
  })
  const worker = hasWorker
    ? browser.openWorker({
        transport: kind.create(),
        ...(kind.isSecret && { storage: plainStorage }),
      })
    : null
  const stream = hasEvents ? createEventServer(browser.network, STREAM) : null
  const events: SentEvent[] = []
  const { clock } = browser
  const actors: Actor[] = []
  const calls: Call[] = []
  const excuses = new Set<string>()
  const weather = createWeather(browser, kind, random, (excuse) => world.dispute(excuse))
  let farthest = clock.now()
  let firstEnd = Infinity
  let begun: string | undefined
  let begunAt = -Infinity
  /** How much of {@link World.now} may still lie ahead, in the middle of a step. */
  let stepMs = 0
  let unseen:
    | { readonly session: string | undefined; readonly at: number; readonly seenAt: number }
    | undefined
  let active = { from: -Infinity, until: -Infinity }

  function openTab(): Actor {
    const tab = browser.openTab({
      transport: kind.create(),
      ...(worker && { worker: worker.worker }),
    })
    const actor: Actor = {
      name: `tab ${actors.length + 1}`,
      tab,
      ranMs: 0,
      runsSince: clock.uptime(),
      isDisposed: false,
      heard: [],
    }
    for (const name of EVENTS)
      tab.session.on(name, (payload) =>
        actor.heard.push({
          name,
          payload,
          locks: [...tab.locks],
          sid: sidOf(actor),
          at: clock.uptime(),
        }),
      )
    tab.session.on('started', () => noteSession(actor))
    actors.push(actor)
    world.track(actor, 'ready', READY_MS, () => tab.session.ready)
    return actor
  }

  /** A cookie whose login nobody lived to tell of is found by whoever comes next: that is when its idle time begins. */
  function noteSession(by: Actor): void {
    const { session, status } = world.record ?? {}
    if (status !== 'logged-in') return
    // A session without a user begins as its first page asks for it.
    const from = kind.admitsAnyone ? world.now - stepMs : -Infinity
    if (session !== begun) {
      world.act(by, from, world.now)
      begunAt = clock.trueTime()
    }
    begun = session
    // It may be over within this very step.
    world.noteTime()
  }

  /**
   * A tab that runs can tell those that come later that the clock was set back (E4), when it next has a reason to look. If
   * the tab has no such reason before it leaves, the first such time counts.
   */
  function noteSetBack(hasLeft: boolean): void {
    const { session, aheadMs = 0, seenAt = farthest } = world.record ?? {}
    const isToBeSeen = world.open.some(({ tab, isDisposed }) => tab.isRunning && !isDisposed)
    const isWritten = Math.abs(farthest - clock.now() - aheadMs) <= SAME_TIME_MS
    if (hasLeft ? isWritten : isToBeSeen) return
    if (unseen?.session !== session) unseen = { session, at: clock.uptime(), seenAt }
    // When the time comes back, it comes all at once.
    world.troubles.add('clock')
    world.noteTime()
  }

  /**
   * By how much limits may seem nearer than they are. A tab that goes on from when the session was last seen counts the limits
   * that the server names from there, and they stay where they are when another tab brings the time back.
   */
  function nearerMs(): number {
    return unseen && unseen.session === world.record?.session ? farthest - unseen.seenAt : 0
  }

  /**
   * Whether what this tab sees of its user counts for all. If no tab saw the clock set back, one that comes later goes on
   * from when the session was last seen, until one that was there before (and was frozen, say) brings the time back. And of a
   * session that could not be written no other tab knows: there the last one goes on (G2).
   */
  function countsForAll({ tab, runsSince }: Actor): boolean {
    const { session, sid } = world.record ?? {}
    const isBehind = unseen !== undefined && unseen.session === session && runsSince >= unseen.at
    const own = tab.session.state.claims?.['sid']
    const isUnwritten =
      kind.isSecret && world.troubles.has('record') && own !== undefined && own !== sid
    return !isBehind && !isUnwritten
  }

  /** Of one tab, which is never idle and never leaves. */
  function openNeighbour(): VirtualTab {
    return browser.openTab({
      name: 'the other application',
      transport: kind.create(),
      idle: undefined,
      events: undefined,
      fetch: (input, init) => {
        const headers = new Headers(init?.headers)
        headers.set(NEIGHBOUR, 'yes')
        return browser.network.fetch(input, { ...init, headers })
      },
    })
  }

  const world: World = {
    setting,
    kind,
    endpoints: transport.endpoints,
    browser,
    weather,
    told: [],
    troubles: new Set(),
    actors,
    neighbour: null,
    worker,
    get begunAt() {
      return begunAt
    },
    get open() {
      return actors.filter(({ tab }) => !tab.isGone)
    },
    calls,
    sent: weather.sent,
    excuses,
    wipedAt: 0,
    newerSince: null,
    stream,
    events,
    get active() {
      return active
    },
    get mustBeIdle() {
      return isWatched && farthest > active.until + afterMs
    },
    promised: null,
    signedOut: new Set(),
    disputes: 0,
    get record() {
      const record = parseRecord(browser.stored.record)
      const mirrored = parseRecord(JSON.parse(browser.stored.mirror ?? 'null'))
      return furtherOn(record, mirrored)
    },
    openTab,
    async wait(ms) {
      // Step by step while something is under way: what comes of it may move the moment at which the session ends.
      for (let leftMs = ms; leftMs > 0;) {
        const isBusy = calls.some(({ outcome, by }) => !outcome && by.tab.isRunning)
        stepMs = isBusy ? Math.min(leftMs, STEP_MS) : leftMs
        world.noteTime(stepMs)
        for (const actor of actors) if (actor.tab.isRunning) actor.ranMs += stepMs
        await browser.advance(stepMs)
        leftMs -= stepMs
        // A page that has been disposed of may yet have written what it asked for.
        for (const actor of world.open.slice(0, 1)) noteSession(actor)
        stepMs = 0
      }
    },
    noteTime(ms = 0) {
      farthest += Math.max(ms, 0)
      const counted = farthest + nearerMs()
      if (counted >= firstEnd) excuses.add('session-limit')
      const isSomebodyKnown = active.from > -Infinity
      if (isWatched && isSomebodyKnown && farthest >= active.from + afterMs) world.dispute('idle')
      if (world.promised && counted >= world.promised.endsAt) world.dispute('session-limit')
    },
    get now() {
      return farthest
    },
    act(by, from, until) {
      const isFirst = active.from === -Infinity
      active = {
        from: isFirst || countsForAll(by) ? Math.max(active.from, from - unsharedMs) : active.from,
        until: Math.max(active.until, until),
      }
    },
    limit(limits, since) {
      const { session_expires_in: sessionS = Infinity, refresh_expires_in: refreshS = Infinity } =
        limits
      const endsAt = since + Math.min(sessionS, refreshS) * 1000
      firstEnd = Math.min(firstEnd, endsAt)
      return endsAt
    },
    dispute(excuse) {
      excuses.add(excuse)
      world.promised = null
      return ++world.disputes
    },
    suffer(trouble) {
      world.troubles.add(trouble)
      if (trouble === 'set back') noteSetBack(false)
      if (trouble === 'pages' && world.troubles.has('set back')) noteSetBack(true)
      if (isFragile(world)) world.dispute('verdict')
      if (!isBeyondHelp(world)) return
      world.dispute('storage-cleared')
      // Nor does the next page know who was there.
      excuses.add('idle')
    },
    promise(subject, sid, endsAt) {
      // A refresh token that could not be written lives and dies with its tab (G2).
      const isUnwritten = kind.isSecret && world.troubles.has('record')
      if (isBeyondHelp(world) || isUnwritten || isFragile(world)) return
      world.promised = { sid, subject, endsAt }
      world.noteTime()
    },
    track(by, name, boundMs, work) {
      const { status, subject, claims, parked, cover } = by.tab.session.state
      const coveredFor = parked === null ? undefined : cover?.subject
      const call: Call = {
        id: calls.length + 1,
        name,
        by,
        // A call may wait for a sign-in, be cut off by the end of that session, and wait again.
        boundMs: stays ? 3 * (boundMs + STAY_MS) : boundMs,
        begunAtRanMs: by.ranMs,
        madeAt: farthest,
        seen: { status, subject, sid: claims?.['sid'], coveredFor },
        abort: new AbortController(),
        session: world.record?.session,
        promised: world.promised,
      }
      calls.push(call)
      const settle = (outcome: NonNullable<Call['outcome']>): void => {
        const { state } = by.tab.session
        const leftMs = (state.accessExpiresAt ?? Infinity) - clock.now()
        call.wentOn =
          world.record?.session === call.session &&
          state.status === 'logged-in' &&
          leftMs > LEEWAY_MS
        call.settledAt = clock.trueTime()
        call.outcome = outcome
      }
      work(call).then(
        (value) => settle({ value }),
        (error: unknown) => settle({ error }),
      )
      return call
    },
  }
  if (!kind.isNamed) excuses.add(NAMELESS)
  // Visitors come and go with their tokens, and nobody is told when.
  if (kind.admitsAnyone)
    for (const excuse of ['verdict', 'login', 'idle']) excuses.add(`${excuse} of a visitor`)
  world.openTab()
  // After the first tab: what the browser has stored is the record that was opened first.
  return kind.isShared ? Object.assign(world, { neighbour: openNeighbour() }) : world
}
