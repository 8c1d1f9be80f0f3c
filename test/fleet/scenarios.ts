import { CAP_MS } from '../../src/core/record/pause.ts'
import type { Random } from '../../src/testing/random.ts'
import { createResidents, createVisitors } from './attention.ts'
import { LEAD_MS, runFleet, type Span } from './run-fleet.ts'

const MINUTE_S = 60
const MINUTE_MS = 60_000

/**
 * The requirement for the SDK: after an outage, no second has more than this many times the backlog divided by the cap
 * of the back-off.
 */
export const TOLERANCE = 2

/**
 * The lifetime of the reference backend's access tokens, and one that is longer than the outage: with that, the queue
 * after it is longest.
 */
const TTL_MS = { short: 10 * MINUTE_MS, long: 15 * MINUTE_MS } as const

/** Moments of the scenarios, in seconds from their start. */
export const EVENT_S: number = 30 * MINUTE_S
/** How long the auth server is down. */
export const OUTAGE_S: number = 10 * MINUTE_S
const SIGN_IN_S = 10

/** What all scenarios of a run share. */
export interface Size {
  readonly clients: number
  readonly seed: number
}

/** The result of one scenario. */
export interface Outcome {
  /** Refreshes in each second. */
  readonly refreshes: Uint32Array
  /** Refreshes per second without a disturbance: the average of a day, or of the twenty minutes before the event. */
  readonly steady: number
  /** The busiest second after the event: after the server is back, or after all have signed in. */
  readonly peak: number
}

/** A day of visitors. */
export function aDay(size: Size, hasJitter: boolean): Outcome {
  const fleet = { ...visitors(size), startsAtHour: 0, hours: 24, hasJitter }
  const refreshes = runFleet(fleet)
  return { refreshes, steady: rateOf(refreshes, 0, refreshes.length), peak: busiest(refreshes, 0) }
}

/** Which users are signed in at once, and how. */
export interface Deploy {
  readonly isResident: boolean
  readonly hasJitter: boolean
  readonly drawsLifetimes: boolean
}

/** A deploy that gives every user with an open page a new session, within ten seconds. */
export function aDeploy(size: Size, { isResident, hasJitter, drawsLifetimes }: Deploy): Outcome {
  const fleet = isResident ? residents(size, TTL_MS.short) : visitors(size)
  const signIn = span(EVENT_S, EVENT_S + SIGN_IN_S)
  const refreshes = runFleet({ ...fleet, hours: 1.5, hasJitter, signIn, drawsLifetimes })
  return eventful(refreshes, EVENT_S + SIGN_IN_S)
}

/** Ten minutes without an auth server; whose tokens are due meanwhile, and how evenly. */
export interface Outage {
  /** `herd`: residents who were all signed in at once, so that their tokens are due within seconds of each other. */
  readonly users: 'visitors' | 'residents' | 'residents, long tokens' | 'herd'
  readonly hasJitter: boolean
}

/** An outage, and what follows it. */
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
 * How many refreshes a second there may be after an outage. All clients that would have renewed during it still have
 * to: the steady rate times its length. Twice the rate is allowed that these have if they are spread evenly over the longest
 * pause of the back-off.
 */
export function allowedAfterOutage(steady: number): number {
  return (TOLERANCE * (steady * OUTAGE_S * 1_000)) / CAP_MS
}

/** Refreshes per second, averaged between two seconds. */
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
  // So that every second has equally many renewals from then on.
  const overMs = accessTtlMs - LEAD_MS
  const users = (random: Random) => createResidents(random, overMs)
  return { ...size, users, warmUpMs: 2 * accessTtlMs, accessTtlMs, startsAtHour: 11 }
}

function span(fromS: number, toS: number): Span {
  return { fromMs: fromS * 1_000, toMs: toS * 1_000 }
}
