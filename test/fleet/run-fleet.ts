// A million browsers, each with one session: users who come, look away and go, and the SDK's own rules of when to renew.
import { pauseAfter } from '../../src/core/record/pause.ts'
import { scheduleOf } from '../../src/core/record/freshness.ts'
import type { SessionRecord } from '../../src/core/record/record.ts'
import { limitDueAt, renewsAhead } from '../../src/core/record/renew-ahead.ts'
import { sessionMs, wallMs } from '../../src/core/time/moments.ts'
import { createRandom, type Random } from '../../src/testing/random.ts'
import type { Attention, AttentionModel } from './attention.ts'
import { createBucketQueue } from './bucket-queue.ts'

// The defaults of the SDK and of the reference backend.
/** How long before its token expires a client renews it. */
export const LEAD_MS = 60_000
const REFRESH_TTL_MS = 7 * 86_400_000
// Longer than any user is away in these runs. A user who was signed out for idleness signs in again, and that is no
// refresh.
const IDLE_MS = 7 * 86_400_000

const HOUR_MS = 3_600_000
/** How many of ten applications ask their API for news once a minute, also while hidden. */
const POLLING = 3
const POLL_MS = 60_000

// The state of all clients, packed so that the data of one lies in one place of the memory.
const FIELDS = 8
const ATTENTION = 0
const LAST_ACTIVITY_AT = 1
const RENEW_AT = 2
const ACCESS_EXPIRES_AT = 3
const LIFETIME_MS = 4
const FAILURES = 5
const RETRY_AT = 6

const LOGGED_IN = {
  v: 1,
  session: '',
  epoch: 1,
  generation: 1,
  status: 'logged-in',
  subject: null,
  sid: null,
  seq: 1,
  key: '',
  lastKey: null,
  seenAt: sessionMs(0),
} as const

const ATTENTIONS: readonly Attention[] = ['away', 'active', 'elsewhere', 'hidden']

/** A span of time, in milliseconds from the start of a run. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** What happens to a fleet in a run. */
export interface Fleet {
  readonly clients: number
  readonly seed: number
  readonly users: (random: Random) => AttentionModel
  /** All users are away at first. After this long the fleet has settled, and the run starts. */
  readonly warmUpMs: number
  /** The hour of the day at which the run starts. */
  readonly startsAtHour: number
  readonly hours: number
  /** The lifetime of an access token. */
  readonly accessTtlMs: number
  /** If missing, every random draw is the middle value. */
  readonly hasJitter: boolean
  /** The auth server answers every request with 503, at once. */
  readonly outage?: Span | undefined
  /** Every user with an open page gets a new session, at a random moment of this span. */
  readonly signIn?: Span | undefined
  /** The server gives the tokens of such a sign-in a random lifetime: from half of the usual to all of it. */
  readonly drawsLifetimes?: boolean | undefined
}

/**
 * Runs a fleet, and returns the refreshes that the auth server gets in each second, answered or not. The same fleet
 * gives the same numbers on every machine.
 */
export function runFleet({
  clients,
  seed,
  users,
  warmUpMs,
  startsAtHour,
  hours,
  accessTtlMs,
  hasJitter,
  outage,
  signIn,
  drawsLifetimes = false,
}: Fleet): Uint32Array {
  const random = createRandom(seed)
  const chance = hasJitter ? random : () => 0.5
  const model = users(random)
  const startMs = startsAtHour * HOUR_MS - warmUpMs
  const seconds = Math.round((hours * HOUR_MS + warmUpMs) / 1_000)
  // For each client: its user, its next renewal, and the common sign-in.
  const queue = createBucketQueue(3 * clients, seconds)
  const refreshes = new Uint32Array(seconds)

  const state = new Float64Array(FIELDS * clients)
  const get = (client: number, field: number): number => state[FIELDS * client + field] ?? 0
  const put = (client: number, field: number, value: number): void => {
    state[FIELDS * client + field] = value
  }
  const attentionOf = (client: number): Attention => ATTENTIONS[get(client, ATTENTION)] ?? 'away'

  // One object for all clients: a million new ones a second would be garbage only.
  const limits = { session: null, refresh: sessionMs(0) }
  const idle = { afterMs: IDLE_MS, lastActivityAt: sessionMs(0) }
  const record = {
    ...LOGGED_IN,
    limits,
    idle,
    accessExpiresAt: wallMs(0),
    lifetimeMs: 0,
    failures: 0,
  }

  /** The record that the SDK of a client would have. Valid until the next one is asked for. */
  function recordOf(client: number): SessionRecord {
    record.accessExpiresAt = wallMs(get(client, ACCESS_EXPIRES_AT))
    record.lifetimeMs = get(client, LIFETIME_MS)
    record.failures = get(client, FAILURES)
    limits.refresh = sessionMs(record.accessExpiresAt - record.lifetimeMs + REFRESH_TTL_MS)
    const isActive = attentionOf(client) === 'active'
    // A user who is at the page now will have touched it again before anything is due.
    idle.lastActivityAt = sessionMs(isActive ? Infinity : get(client, LAST_ACTIVITY_AT))
    return record
  }

  function plan(client: number, now: number): void {
    queue.set(client + clients, dueAt(client, now))
  }

  /** When the page asks for new tokens next: ahead of expiry, or because one of its requests needs them. */
  function dueAt(client: number, now: number): number {
    const itsAttention = attentionOf(client)
    if (itsAttention === 'away') return Infinity
    const record = recordOf(client)
    const earliest = Math.max(now, get(client, RETRY_AT))
    if (renewsAhead(record, itsAttention !== 'hidden', false)) {
      const limitAt = limitDueAt(record)
      return Math.max(earliest, Math.min(get(client, RENEW_AT), limitAt))
    }
    if (client % 10 >= POLLING) return Infinity
    // The first request that finds the token no longer fresh. Each page polls at its own times.
    const phase = (client * POLL_MS) / clients
    const needed = Math.max(earliest, get(client, RENEW_AT))
    return Math.ceil((needed - phase) / POLL_MS) * POLL_MS + phase
  }

  function attend(client: number, now: number): void {
    const before = attentionOf(client)
    const after = model.next(before)
    put(client, ATTENTION, ATTENTIONS.indexOf(after))
    // A user who leaves a page has used it until then.
    if (before === 'active') put(client, LAST_ACTIVITY_AT, now)
    // A page that was just opened has no token: access tokens are kept in memory.
    if (before === 'away') put(client, RENEW_AT, now)
    queue.set(client, model.endOf(after, now + startMs) - startMs)
    plan(client, now)
  }

  function refresh(client: number, now: number): void {
    const second = Math.floor(now / 1_000)
    refreshes[second] = (refreshes[second] ?? 0) + 1
    if (isWithin(outage, now - warmUpMs)) {
      const pause = pauseAfter(recordOf(client), wallMs(now), chance())
      put(client, FAILURES, pause.failures)
      put(client, RETRY_AT, pause.retryAt)
    } else receive(client, now, accessTtlMs)
    plan(client, now)
  }

  function receive(client: number, now: number, ttlMs: number): void {
    const schedule = scheduleOf(sessionMs(now + ttlMs), ttlMs, LEAD_MS, chance())
    put(client, ACCESS_EXPIRES_AT, now + ttlMs)
    put(client, LIFETIME_MS, ttlMs)
    put(client, RENEW_AT, schedule.renewAt)
    put(client, FAILURES, 0)
    put(client, RETRY_AT, 0)
  }

  function signInAgain(client: number, now: number): void {
    if (attentionOf(client) === 'away') return
    receive(client, now, drawsLifetimes ? accessTtlMs * (0.5 + 0.5 * random()) : accessTtlMs)
    plan(client, now)
  }

  for (let client = 0; client < clients; client++) {
    queue.set(client, model.endOf('away', startMs) - startMs)
    if (signIn) {
      const { fromMs, toMs } = signIn
      queue.set(client + 2 * clients, warmUpMs + fromMs + (toMs - fromMs) * random())
    }
  }
  queue.run((entry, now) => {
    if (entry < clients) attend(entry, now)
    else if (entry < 2 * clients) refresh(entry - clients, now)
    else signInAgain(entry - 2 * clients, now)
  })
  return refreshes.slice(warmUpMs / 1_000)
}

function isWithin(span: Span | undefined, now: number): boolean {
  return !!span && now >= span.fromMs && now < span.toMs
}
