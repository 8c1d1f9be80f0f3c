import type { SessionRecord } from '../../src/core/record/record.ts'
import type { SessionEvents } from '../../src/index.ts'
import type { ServerLimits, VirtualBrowser, VirtualTab } from '../../src/testing/index.ts'
import type { VirtualWorker } from '../../src/testing/virtual-worker.ts'
import type { EventServer } from '../support/event-server.ts'
import type { Setting } from './setting.ts'
import type { TransportKind } from './transports.ts'
import type { Sending, Weather } from './weather.ts'

/** An origin that is allowed to see the token. */
export const API = 'https://api.test'
/** A host that must never see a token. */
export const STRANGER = 'https://stranger.test'
/** What has gone wrong in a story so far. Some promises hold in spite of it, some only without. */
export type Trouble =
  | 'answers'
  | 'channel'
  | 'clock'
  | 'locks'
  | 'mirror'
  | 'pages'
  | 'record'
  | 'set back'
  | 'strange record'
  | 'wiped'
  | 'worker'

/** A tab, and what the simulation knows of it. */
export interface Actor {
  readonly name: string
  readonly tab: VirtualTab
  /** How long its script has been running. */
  ranMs: number
  /** Since when it has been running without a break, on the uptime clock. */
  runsSince: number
  isDisposed: boolean
  /** Its events, and whether its lock was held when it heard of them. */
  readonly heard: Heard[]
}

/** An event, as a listener heard it. */
export interface Heard {
  readonly name: keyof SessionEvents
  readonly payload: unknown
  readonly locks: readonly string[]
  /** The session that its tab showed then, if the tab had a token of it. */
  readonly sid: string | undefined
  /** On the uptime clock. */
  readonly at: number
}

/** Something that a public function of the session has promised. */
export interface Call {
  readonly id: number
  readonly name: string
  readonly by: Actor
  /** In how much running time of its tab it must be settled. */
  readonly boundMs: number
  readonly begunAtRanMs: number
  /** In session time. */
  readonly madeAt: number
  /** Who the tab said was signed in when the call was made. */
  readonly seen: {
    readonly status: string
    readonly subject: string | null
    readonly sid: unknown
    /** The user for whom calls waited; `undefined` if they did not. */
    readonly coveredFor: string | null | undefined
  }
  readonly abort: AbortController
  /** The session in the record when the call was made, and whether that was still there when it settled. */
  readonly session: string | undefined
  wentOn?: boolean
  /** The session that had to live when the call was made. */
  readonly promised: Promised | null
  /** The user asked to stay in time, and the session has ended for idleness before the server had the time to answer. */
  isOverInSpite?: boolean
  /** It may change something. */
  isWrite?: boolean
  /** When it settled, by a clock that is never set. */
  settledAt?: number
  /** Its page left as it was made, its token was good, and nothing was sent. */
  isLost?: boolean
  outcome?: { readonly value: unknown } | { readonly error: unknown }
}

/** A session that nobody has ended, nor tried to, since its login: it has to live. */
export interface Promised {
  readonly sid: string
  readonly subject: string
  readonly endsAt: number
}

/** An event that the server has pushed, and the tabs that have to hear of it if nothing goes wrong. */
export interface SentEvent {
  readonly sid: string | undefined
  readonly data: string
  readonly to: readonly Actor[]
  /** On the uptime clock. */
  readonly at: number
}

/** One run of a story, as far as it has come. */
export interface World {
  readonly setting: Setting
  readonly kind: TransportKind
  /** Where the token must not go. */
  readonly endpoints: readonly string[]
  readonly browser: VirtualBrowser
  readonly weather: Weather
  /** The story so far, in words. */
  readonly told: string[]
  readonly troubles: Set<Trouble>
  readonly actors: Actor[]
  /** The only tab of a second application that has the same cookies, if there is one. It is signed in together with the first. */
  readonly neighbour: VirtualTab | null
  /** What makes the refreshes of all tabs, if the application has it. */
  readonly worker: VirtualWorker | null
  /** When the session in the record began, by a clock that is never set; `-Infinity` before the first one. */
  readonly begunAt: number
  /** The tabs that are open, disposed of or not. */
  readonly open: readonly Actor[]
  readonly calls: Call[]
  readonly sent: readonly Sending[]
  /** Why sessions may have ended in this story. */
  readonly excuses: Set<string>
  /** Where `browser.written` starts anew, because what was there has been removed. */
  wipedAt: number
  promised: Promised | null
  /** The sessions that somebody has logged out of, by their sid. */
  readonly signedOut: Set<string>
  /** When somebody was last there: then at the earliest, and then at the latest. In the time of {@link noteTime}. */
  readonly active: { readonly from: number; readonly until: number }
  /** Counts what calls into question which session there is. */
  disputes: number
  /** The record as all tabs see it: the mirror may be ahead of it. */
  readonly record: SessionRecord | null
  /** When a newer release wrote the record: how much had been written, and called, by then. */
  newerSince: { readonly written: number; readonly calls: number } | null
  /** Where the server's events come from, if there are any, and those that it has sent. */
  readonly stream: EventServer | null
  readonly events: SentEvent[]
  openTab(): Actor
  /** Lets time pass, and notes whose session it may end. */
  wait(ms: number): Promise<void>
  /** From now on no session has to live, until somebody has logged in. */
  dispute(excuse: string): number
  promise(subject: string, sid: string, endsAt: number): void
  suffer(trouble: Trouble): void
  /** Session time moves on by as much as a clock does, and not back with it (E4). */
  noteTime(ms?: number): void
  /** Session time as far as it can have come: whatever the clocks have been set forward counts. */
  readonly now: number
  /** Somebody was there, in that tab, at a moment between the two. */
  act(by: Actor, from: number, until: number): void
  /** Whether, wherever anybody was last seen, the session had to be over by now. */
  readonly mustBeIdle: boolean
  /** A session with these limits begins: when it may end, at the earliest. */
  limit(limits: ServerLimits, since: number): number
  track(by: Actor, name: string, boundMs: number, work: (call: Call) => Promise<unknown>): Call
}

// What a promise may take of the running time of its tab, by docs/protocol.md: 15 s for the lock, 10 s for each of two requests,
// 5.25 s of looks, a second of adoption, and half a second for every look and commit; a request waits for at most two
// renewals. The network of the simulation takes up to two seconds each way.
export const READY_MS = 60_000
export const REQUEST_MS = 60_000
export const LOGIN_MS = 70_000
/** How long calls wait for the next sign-in, and how many at once, where they do. */
export const STAY_MS = 600_000
export const STAY_CALLS = 3
export const LOGOUT_MS = 25_000

/**
 * What no protocol mends. Where neither database nor mirror works, nothing can be kept for the next page (G2). And epochs
 * go by the clock where there is no record to count from: set back while the record is removed, it makes tabs that
 * remember the old one take the new one for older. So does a mirror that could not be written for a while, when it is
 * all that is left. What some script or another release has written may be anything.
 */
export function isBeyondHelp({ troubles }: Pick<World, 'troubles'>): boolean {
  return (
    troubles.has('strange record') ||
    (troubles.has('record') && troubles.has('mirror')) ||
    (troubles.has('wiped') && (troubles.has('set back') || troubles.has('mirror')))
  )
}

/**
 * Whether a renewal that was answered may have cost the session: its server cannot repeat an answer (O1), and that answer
 * was lost; or the claim of one tab was too old, or could not be written, when the next one came. An answer in a body is
 * lost with its page, or with the worker that asked for it. A cookie arrives without it, and the claim of the page holds until then. Between two applications, a
 * request that is held up for longer than the grace period costs the session as well.
 */
export function isFragile({
  kind,
  troubles,
  worker,
}: Pick<World, 'kind' | 'troubles' | 'worker'>): boolean {
  if (kind.isRepeatable) return false
  const isClockWrong = troubles.has('clock') || troubles.has('set back')
  const isUnclaimed = isClockWrong && (troubles.has('locks') || troubles.has('pages'))
  const isLost = [
    'answers',
    'record',
    'wiped',
    ...(kind.isSecret ? [worker ? ('worker' as const) : ('pages' as const)] : []),
    ...(kind.isShared ? ['pages' as const] : []),
    ...(kind.isShared ? ['clock' as const] : []),
  ] as const
  return isUnclaimed || isLost.some((trouble) => troubles.has(trouble))
}
