import type { Random } from '../../src/testing/random.ts'

/**
 * Where a user is. `active`: at a page that shows. `elsewhere`: the page shows, and nobody has touched it for a while.
 * `hidden`: the page is open behind others. `away`: no page is open.
 */
export type Attention = 'away' | 'active' | 'elsewhere' | 'hidden'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** How often one person opens the application, on average. */
const VISITS_A_DAY = 4

/**
 * How busy each hour of the day is, from midnight, when all users live in one time zone: the night is nearly silent, and
 * the peak follows lunch. A deployment whose users live all around the world is flatter.
 */
const HOURS = [
  0.35, 0.2, 0.12, 0.1, 0.12, 0.25, 0.55, 0.95, 1.3, 1.5, 1.55, 1.5, 1.45, 1.6, 1.65, 1.6, 1.5, 1.4,
  1.35, 1.4, 1.4, 1.25, 0.95, 0.6,
] as const

/** How long each lasts: the median, and the standard deviation of its logarithm. People come back soon or late, seldom on average. */
const STAYS = {
  active: { medianMs: 3 * MINUTE_MS, deviation: 1 },
  elsewhere: { medianMs: 4 * MINUTE_MS, deviation: 1 },
  hidden: { medianMs: 6 * MINUTE_MS, deviation: 1.2 },
} as const

/** Where they go from there; the rest closes the page. */
const MOVES = {
  active: { active: 0, elsewhere: 0.15, hidden: 0.4 },
  elsewhere: { active: 0.8, elsewhere: 0, hidden: 0 },
  hidden: { active: 0.7, elsewhere: 0, hidden: 0 },
} as const

/** How one person's attention moves. */
export interface AttentionModel {
  /** What follows. */
  next(attention: Attention): Attention
  /** When that ends which has begun at `atMs` since midnight, in the same count. */
  endOf(attention: Attention, atMs: number): number
}

/** Creates the model of those who come and go; all chance comes from `random`. */
export function createVisitors(random: Random): AttentionModel {
  const visits = visitsUntil()

  /** Exponential, with mean 1: the time between events that know nothing of each other. */
  const wait = (): number => -Math.log(1 - random())
  const normal = (): number => Math.sqrt(2 * wait()) * Math.cos(2 * Math.PI * random())

  return {
    next(attention) {
      if (attention === 'away') return 'active'
      const moves = MOVES[attention]
      const drawn = random()
      if (drawn < moves.active) return 'active'
      if (drawn < moves.active + moves.elsewhere) return 'elsewhere'
      return drawn < moves.active + moves.elsewhere + moves.hidden ? 'hidden' : 'away'
    },
    endOf(attention, atMs) {
      if (attention === 'away') return visits.whenReached(visits.by(atMs) + wait())
      const { medianMs, deviation } = STAYS[attention]
      return atMs + medianMs * Math.exp(deviation * normal())
    },
  }
}

/**
 * Creates the model of those who come once, evenly spread over `overMs`, and then never take their eyes off the page: nothing
 * is worse for a server that fails.
 */
export function createResidents(random: Random, overMs: number): AttentionModel {
  return {
    next: () => 'active',
    endOf: (attention, atMs) => (attention === 'away' ? atMs + overMs * random() : Infinity),
  }
}

const STEPS_AN_HOUR = 4
const STEP_MS = HOUR_MS / STEPS_AN_HOUR
const STEPS = 24 * STEPS_AN_HOUR

/** How many visits one person is expected to make by a moment of the day, and when a number of them is reached. */
function visitsUntil() {
  const shares = Array.from({ length: STEPS }, (_, step) => shareAt((step + 0.5) / STEPS_AN_HOUR))
  const sum = shares.reduce((total, share) => total + share, 0)
  const byStep = [0]
  for (const share of shares) byStep.push((byStep.at(-1) ?? 0) + (VISITS_A_DAY * share) / sum)
  const at = (step: number): number => byStep[step] ?? VISITS_A_DAY

  return {
    by(ms: number): number {
      const days = Math.floor(ms / DAY_MS)
      const steps = (ms - days * DAY_MS) / STEP_MS
      const step = Math.floor(steps)
      return days * VISITS_A_DAY + at(step) + (at(step + 1) - at(step)) * (steps - step)
    },
    whenReached(visits: number): number {
      const days = Math.floor(visits / VISITS_A_DAY)
      const rest = visits - days * VISITS_A_DAY
      let step = 0
      while (step < STEPS - 1 && at(step + 1) <= rest) step++
      return days * DAY_MS + (step + (rest - at(step)) / (at(step + 1) - at(step))) * STEP_MS
    },
  }
}

/** How busy a moment is, between the middles of two hours. */
function shareAt(hours: number): number {
  const since = (hours + 23.5) % 24
  const before = HOURS[Math.floor(since)] ?? 0
  const after = HOURS[(Math.floor(since) + 1) % 24] ?? 0
  return before + (after - before) * (since % 1)
}
