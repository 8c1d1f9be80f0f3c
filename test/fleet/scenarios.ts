import { CAP_MS } from '../../src/core/record/pause.ts'
import type { Random } from '../../src/testing/random.ts'
import { createResidents, createVisitors } from './attention.ts'
import { LEAD_MS, runFleet, type Span } from './run-fleet.ts'

const MINUTE_S = 60
const MINUTE_MS = 60_000

/** What is asked of the SDK: after an outage no second is busier than this many times the backlog spread over the cap. */
export const TOLERANCE = 2

/** The reference backend's access tokens, and tokens that outlive an outage: of those a server that comes back has the longest queue. */
const TTL_MS = { short: 10 * MINUTE_MS, long: 15 * MINUTE_MS } as const

/** Moments of the scenarios, in seconds from their start. */
export const EVENT_S: number = 30 * MINUTE_S
/** How long the auth server is out. */
export const OUTAGE_S: number = 10 * MINUTE_S
const SIGN_IN_S = 10

/** What all scenarios of one run share. */
export interface Size {
  readonly clients: number
  readonly seed: number
}

/** What becomes of a fleet in one scenario. */
export interface Outcome {
  /** Refreshes in each second. */
  readonly refreshes: Uint32Array
  /** Refreshes per second while nothing is wrong: of a day on average, else of the twenty minutes before the event. */
  readonly steady: number
  /** The busiest second after the event: when the server is back, or when all have signed in. */
  readonly peak: number
}

/** A day of visitors. */
export function aDay(size: Size, hasJitter: boolean): Outcome {
  const fleet = { ...visitors(size), startsAtHour: 0, hours: 24, hasJitter }
  const refreshes = runFleet(fleet)
  return { refreshes, steady: rateOf(refreshes, 0, refreshes.length), peak: busiest(refreshes, 0) }
}

/** Who signs everybody in at once, and how. */
export interface Deploy {
  readonly isResident: boolean
  readonly hasJitter: boolean
  readonly drawsLifetimes: boolean
}

/** A deploy that gives everybody who has a page open a new session, within ten seconds. */
export function aDeploy(size: Size, { isResident, hasJitter, drawsLifetimes }: Deploy): Outcome {
  const fleet = isResident ? residents(size, TTL_MS.short) : visitors(size)
  const signIn = span(EVENT_S, EVENT_S + SIGN_IN_S)
  const refreshes = runFleet({ ...fleet, hours: 1.5, hasJitter, signIn, drawsLifetimes })
  return eventful(refreshes, EVENT_S + SIGN_IN_S)
}

/** Ten minutes without an auth server; whose tokens are due to be renewed meanwhile, and how regularly. */
export interface Outage {
  /** `herd`: residents who were all signed in at once, so that their tokens are due within seconds of each other. */
  readonly users: 'visitors' | 'residents' | 'residents, long tokens' | 'herd'
  readonly hasJitter: boolean
}

/** An outage, and what comes after it. */
export function anOutage(size: Size, { users, hasJitter }: Outage): Outcome {
  const fleet =
    users === 'visitors'
      ? visitors(size)
      : residents(size, users === 'residents, long tokens' ? TTL_MS.long : TTL_MS.short)
  // Their renewals are due a minute into the outage, all at once.
  const signIn =
    users === 'herd' ? span(EVENT_S - 8 * MINUTE_S, EVENT_S - 8 * MINUTE_S + SIGN_IN_S) : undefined
  const outage = span(EVENT_S, EVENT_S + OUTAGE_S)
  const refreshes = runFleet({ ...fleet, hours: 1, hasJitter, outage, signIn })
  return eventful(refreshes, EVENT_S + OUTAGE_S)
}

/**
 * How many refreshes a second there may be after an outage. Everybody who would have renewed during it still has to: the
 * steady rate, times its length. Were they spread evenly over the longest pause of the back-off, each second of that would
 * see so many; twice as many are allowed.
 */
export function allowedAfterOutage(steady: number): number {
  return (TOLERANCE * (steady * OUTAGE_S * 1_000)) / CAP_MS
}

/** Refreshes per second, averaged from one second to another. */
export function rateOf(refreshes: Uint32Array, fromS: number, toS: number): number {
  const seconds = refreshes.subarray(fromS, toS)
  return seconds.reduce((sum, count) => sum + count, 0) / seconds.length
}

function eventful(refreshes: Uint32Array, overAtS: number): Outcome {
  const steady = rateOf(refreshes, 0, 20 * MINUTE_S)
  return { refreshes, steady, peak: busiest(refreshes, overAtS) }
}

function busiest(refreshes: Uint32Array, fromS: number): number {
  return refreshes.subarray(fromS).reduce((most, count) => Math.max(most, count), 0)
}

function visitors(size: Size) {
  return {
    ...size,
    users: createVisitors,
    warmUpMs: 75 * MINUTE_MS,
    accessTtlMs: TTL_MS.short,
    startsAtHour: 11,
  }
}

function residents(size: Size, accessTtlMs: number) {
  // So that from then on each second has as many renewals as any other.
  const overMs = accessTtlMs - LEAD_MS
  const users = (random: Random) => createResidents(random, overMs)
  return { ...size, users, warmUpMs: 2 * accessTtlMs, accessTtlMs, startsAtHour: 11 }
}

function span(fromS: number, toS: number): Span {
  return { fromMs: fromS * 1_000, toMs: toS * 1_000 }
}
