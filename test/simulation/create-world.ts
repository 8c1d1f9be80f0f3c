import { furtherOn } from '../../src/core/record/further-on.ts'
import { parseRecord } from '../../src/core/record/parse-record.ts'
import {
  cookieTransport,
  diagnostics,
  expiryWarnings,
  idleTimeout,
  jsonTransport,
} from '../../src/index.ts'
import { createVirtualBrowser, strictServer } from '../../src/testing/index.ts'
import { createRandom } from '../../src/testing/random.ts'
import { plainStorage } from '../support/profile.ts'
import type { Story } from './story.ts'
import { createWeather } from './weather.ts'
import { API, IDLE_MS, isBeyondHelp, READY_MS, type Actor, type Call, type World } from './world.ts'

const ACCESS_TTL_MS = 600_000
// What a tab has seen and not shared is lost with it.
const UNSHARED_MS = 15_000
const STEP_MS = 5_000
const EVENTS = [
  'started',
  'refreshed',
  'refresh-failed',
  'expiring',
  'extended',
  'ended',
  'degraded',
] as const

/** Begins a story: a browser with one tab. */
export function createWorld({
  mode,
  seed,
  isWatched,
}: Pick<Story, 'mode' | 'seed' | 'isWatched'>): World {
  const random = createRandom(seed)
  const browser = createVirtualBrowser({
    seed,
    server: strictServer({ refreshTokensIn: mode, accessTtlMs: ACCESS_TTL_MS }),
    session: {
      origins: [API],
      transport: mode === 'body' ? jsonTransport('/auth') : cookieTransport('/auth'),
      ...(mode === 'body' && { storage: plainStorage }),
      diagnostics: diagnostics(),
      warnings: expiryWarnings(),
      ...(isWatched && { idle: idleTimeout({ afterMs: IDLE_MS }) }),
    },
  })
  const { clock } = browser
  const actors: Actor[] = []
  const calls: Call[] = []
  const excuses = new Set<string>()
  const weather = createWeather(browser, random, (excuse) => world.dispute(excuse))
  let farthest = clock.now()
  let firstEnd = Infinity
  let begun: string | undefined
  let unseen: { readonly session: string | undefined; readonly at: number } | undefined
  let active = { from: -Infinity, until: -Infinity }

  function openTab(): Actor {
    const tab = browser.openTab()
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
        actor.heard.push({ name, payload, locks: [...tab.locks], at: clock.uptime() }),
      )
    tab.session.on('started', () => noteSession(actor))
    actors.push(actor)
    world.track(actor, 'ready', READY_MS, () => tab.session.ready)
    return actor
  }

  /** A cookie whose login nobody lived to tell of is found by whoever comes next: that is when its idle time begins. */
  function noteSession(by: Actor): void {
    const { session } = world.record ?? {}
    if (session !== begun) world.act(by, -Infinity, world.now)
    begun = session
  }

  /** A tab that runs can tell those that come later that the clock was set back (E4). If there is none, the first such time counts. */
  function noteSetBack(): void {
    const { session } = world.record ?? {}
    const isSeen = world.open.some(({ tab, isDisposed }) => tab.isRunning && !isDisposed)
    if (isSeen) return
    if (unseen?.session !== session) unseen = { session, at: clock.uptime() }
    // When the time comes back, it comes all at once.
    world.troubles.add('clock')
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
      mode === 'body' && world.troubles.has('record') && own !== undefined && own !== sid
    return !isBehind && !isUnwritten
  }

  const world: World = {
    browser,
    weather,
    told: [],
    troubles: new Set(),
    actors,
    get open() {
      return actors.filter(({ tab }) => !tab.isGone)
    },
    calls,
    sent: weather.sent,
    excuses,
    wipedAt: 0,
    isWatched,
    get active() {
      return active
    },
    get mustBeIdle() {
      return isWatched && farthest > active.until + IDLE_MS
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
        const stepMs = isBusy ? Math.min(leftMs, STEP_MS) : leftMs
        world.noteTime(stepMs)
        for (const actor of actors) if (actor.tab.isRunning) actor.ranMs += stepMs
        await browser.advance(stepMs)
        leftMs -= stepMs
      }
    },
    noteTime(ms = 0) {
      farthest += Math.max(ms, 0)
      if (farthest >= firstEnd) excuses.add('session-limit')
      const isSomebodyKnown = active.from > -Infinity
      if (isWatched && isSomebodyKnown && farthest >= active.from + IDLE_MS) world.dispute('idle')
      if (world.promised && farthest >= world.promised.endsAt) world.dispute('session-limit')
    },
    get now() {
      return farthest
    },
    act(by, from, until) {
      const isFirst = active.from === -Infinity
      active = {
        from: isFirst || countsForAll(by) ? Math.max(active.from, from - UNSHARED_MS) : active.from,
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
      if (trouble === 'set back') noteSetBack()
      if (!isBeyondHelp(world)) return
      world.dispute('storage-cleared')
      // Nor does the next page know who was there.
      excuses.add('idle')
    },
    promise(subject, sid, endsAt) {
      // A refresh token that could not be written lives and dies with its tab (G2).
      if (isBeyondHelp(world) || (mode === 'body' && world.troubles.has('record'))) return
      world.promised = { sid, subject, endsAt }
      world.noteTime()
    },
    track(by, name, boundMs, work) {
      const { status, subject, claims } = by.tab.session.state
      const call: Call = {
        id: calls.length + 1,
        name,
        by,
        boundMs,
        begunAtRanMs: by.ranMs,
        madeAt: farthest,
        seen: { status, subject, sid: claims?.['sid'] },
        abort: new AbortController(),
        promised: world.promised,
      }
      calls.push(call)
      work(call).then(
        (value) => (call.outcome = { value }),
        (error: unknown) => (call.outcome = { error }),
      )
      return call
    },
  }
  world.openTab()
  return world
}
