import type { Random } from '../../src/testing/random.ts'

/**
 * Where a user is. `active`: using a visible page. `elsewhere`: the page is visible, but was not touched for a while.
 * `hidden`: the page is open behind others. `away`: no page is open.
 */
export type Attention = 'away' | 'active' | 'elsewhere' | 'hidden'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** How often a user opens the application, on average. */
const VISITS_A_DAY = 4

/**
 * How busy each hour of the day is, from midnight, if all users live in one time zone: the night is almost silent, and
 * the peak is after lunch. With users all around the world the curve is flatter.
 */
const HOURS = [
  0.35, 0.2, 0.12, 0.1, 0.12, 0.25, 0.55, 0.95, 1.3, 1.5, 1.55, 1.5, 1.45, 1.6, 1.65, 1.6, 1.5, 1.4,
  1.35, 1.4, 1.4, 1.25, 0.95, 0.6,
] as const

/**
 * How long each state lasts: the median, and the standard deviation of its logarithm. Most stays are short and a few
 * are very long; an average would describe none.
 */
const STAYS = {
  active: { medianMs: 3 * MINUTE_MS, deviation: 1 },
  elsewhere: { medianMs: 4 * MINUTE_MS, deviation: 1 },
  hidden: { medianMs: 6 * MINUTE_MS, deviation: 1.2 },
} as const

/** The probabilities of the next state; the rest closes the page. */
const MOVES = {
  active: { active: 0, elsewhere: 0.15, hidden: 0.4 },
  elsewhere: { active: 0.8, elsewhere: 0, hidden: 0 },
  hidden: { active: 0.7, elsewhere: 0, hidden: 0 },
} as const

/** How a user's attention moves. */
export interface AttentionModel {
  /** The next state. */
  next(attention: Attention): Attention
  /** When a state that began at `atMs` ends. Both count from midnight. */
  endOf(attention: Attention, atMs: number): number
}

/** Creates a model of users who come and go. All randomness comes from `random`. */
export function createVisitors(random: Random): AttentionModel {
  const visits = visitsUntil()

  /** Exponentially distributed with mean 1: the time between independent events. */
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
 * Creates a model of users who come once, evenly spread over `overMs`, and then never leave the page: the worst case
 * for a server that fails.
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

/** How many visits a user is expected to have made by a time of the day, and when a number of visits is reached. */
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

/** How busy a moment is, interpolated between the middles of two hours. */
function shareAt(hours: number): number {
  const since = (hours + 23.5) % 24
  const before = HOURS[Math.floor(since)] ?? 0
  const after = HOURS[(Math.floor(since) + 1) % 24] ?? 0
  return before + (after - before) * (since % 1)
}
