import fc from 'fast-check'
import { MOVES, type Move, type MoveName } from './moves.ts'
import { settings, type Setting } from './setting.ts'
import type { TransportName } from './transports.ts'

/** One thing that happens. `pick` says to which of those it could happen to, `much` how much of it, or in which way. */
export interface Step {
  readonly move: MoveName
  readonly pick: number
  readonly much: number
}

/** Everything that is decided before a run: the same story is the same run, on every machine. */
export interface Story {
  readonly setting: Setting
  /** Decides latencies, jitter and whatever else is left to chance. */
  readonly seed: number
  readonly steps: readonly Step[]
}

function stepsOf(moves: readonly MoveName[], maxLength: number): fc.Arbitrary<readonly Step[]> {
  const step = fc.record({
    move: fc.constantFrom(...moves),
    pick: fc.nat({ max: 11 }),
    much: fc.nat({ max: 11 }),
  })
  return fc.array(step, { minLength: 1, maxLength, size: 'max' })
}

const moves: readonly (readonly [MoveName, Move])[] = (Object.keys(MOVES) as MoveName[]).map(
  (name) => [name, MOVES[name]],
)

/** The moves that are wanted, each as often as it weighs. */
function those(isWanted: (move: Move) => boolean | undefined): readonly MoveName[] {
  return moves.flatMap(([name, move]) =>
    isWanted(move) ? Array<MoveName>(move.weight).fill(name) : [],
  )
}

const all = those(() => true)
/** A calm day: nothing fails, nobody leaves. */
const calm = those(({ isCalm }) => isCalm)
/** One kind of trouble at a time, so that what must hold in spite of it can be told from what it excuses. */
const network = those(({ isCalm, trouble }) => isCalm === true || trouble === 'answers')
const pages = those(({ isCalm, trouble }) => isCalm === true || trouble === 'pages')

/** Long absences, in tabs that come and go. */
const away: readonly MoveName[] = [
  ...Array<MoveName>(6).fill('wait'),
  'log in',
  'act',
  'act',
  'extend',
  'fate of a refresh',
  'fate of a refresh',
  'request',
  'open',
  'reload',
  'freeze',
  'thaw or return',
  'hide or show',
  'set the clock back',
]

/** Users who are away until their session ends, and sign in again, or do not. */
const again: readonly MoveName[] = [
  ...Array<MoveName>(6).fill('wait'),
  ...Array<MoveName>(12).fill('park'),
  ...Array<MoveName>(6).fill('log in'),
  'log in as another',
  'request',
  'request',
  'log out',
  'act',
  'abort',
  'open',
  'reload',
  'freeze',
  'thaw or return',
  'fate of a refresh',
]

/** Nothing that an answer could be lost by: the grace period is shorter than the absence of a page. */
const together: readonly MoveName[] = [
  ...calm,
  ...Array<MoveName>(12).fill('wait'),
  'channel',
  'locks',
  'mirror',
  'open where something is missing',
]

/** Tabs that leave while they wait for an answer. */
const leaving: readonly MoveName[] = [
  // A claim is told from an old one by the clock.
  ...pages.filter((name) => name !== 'set the clock back'),
  ...Array<MoveName>(12).fill('wait'),
  ...Array<MoveName>(12).fill('token'),
  ...Array<MoveName>(6).fill('network'),
  ...Array<MoveName>(6).fill('open'),
]

/** And a worker that fails. */
const troubledWorker: readonly MoveName[] = [
  ...leaving,
  ...Array<MoveName>(4).fill('kill the worker'),
  ...Array<MoveName>(3).fill('worker fails'),
]

function storiesOf(
  steps: fc.Arbitrary<readonly Step[]>,
  setting: fc.Arbitrary<Setting>,
): fc.Arbitrary<Story> {
  return fc.record({ setting, seed: fc.nat({ max: 0xffff }), steps })
}

/** Any story, with the shorter and calmer ones first when it is shrunk. */
const stories = storiesOf(
  fc.oneof(
    { arbitrary: stepsOf(all, 36), weight: 5 },
    { arbitrary: stepsOf(network, 28), weight: 2 },
    { arbitrary: stepsOf(pages, 28), weight: 2 },
    { arbitrary: stepsOf(calm, 20), weight: 1 },
  ),
  settings(false),
)

/** Stories of users who are away for long, and come back or do not. */
const idleStories = storiesOf(stepsOf(away, 20), settings(true))

/** Stories of two applications that renew the same cookie. */
const sharedStories = storiesOf(
  stepsOf(together, 12),
  settings(false).map((setting) => ({ ...setting, transport: 'shared' })),
)

/** Stories in which calls wait for the next sign-in. Their sessions end soon. */
const parkedStories = storiesOf(
  stepsOf(again, 24),
  settings(true).map((setting) => ({
    ...setting,
    ...{ transport: setting.leadMs === 5_000 ? 'json' : 'cookie', afterMs: 25_000, warnMs: 20_000 },
    stays: true,
  })),
)

/** Stories of tabs whose refreshes a worker makes: pages that leave, and then a worker that fails as well. */
const workerStories = storiesOf(
  fc
    .oneof(
      { arbitrary: stepsOf(leaving, 28), weight: 3 },
      { arbitrary: stepsOf(troubledWorker, 28), weight: 3 },
      { arbitrary: stepsOf([...all, ...troubledWorker], 36), weight: 2 },
    )
    .map((steps) => [
      { move: 'log in', pick: 0, much: 0 } as const,
      { move: 'wait', pick: 0, much: 3 } as const,
      ...steps,
    ]),
  fc
    .tuple(
      settings(false),
      fc.constantFrom<TransportName[]>('oauth', 'oauth', 'keyless', 'json', 'cookie'),
    )
    .map(([setting, transport]) => ({ ...setting, transport, hasWorker: true })),
)

/** The stories that there are, by what they are about. */
export const STORIES = {
  anything: stories,
  idle: idleStories,
  shared: sharedStories,
  parked: parkedStories,
  worker: workerStories,
} as const

export type About = keyof typeof STORIES
