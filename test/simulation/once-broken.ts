import type { MoveName } from './moves.ts'
import type { Step, Story } from './story.ts'

/** Steps as a violation prints them: what, to whom, and how much. */
function steps(...list: readonly (readonly [MoveName, number, number])[]): readonly Step[] {
  return list.map(([move, pick, much]) => ({ move, pick, much }))
}

/** Stories that the simulation has found to break a promise, as short as it could make them. They are told again with every run. */
export const ONCE_BROKEN: Readonly<Record<string, Story>> = {
  'a refused session has to end with its token, though two clocks are a hair apart': {
    mode: 'cookie',
    isWatched: false,
    seed: 2,
    steps: steps(
      ['fate of a refresh', 9, 0],
      ['log in', 0, 0],
      ['wait', 0, 6],
      ['server ends it', 0, 0],
      ['wait', 0, 6],
      ['wait', 0, 0],
    ),
  },
  'a page that finds no database is no reason to give the session up when it is back': {
    mode: 'body',
    isWatched: false,
    seed: 0,
    steps: steps(
      ['log in', 0, 0],
      ['wait', 0, 0],
      ['record', 0, 0],
      ['reload', 0, 0],
      ['wait', 0, 0],
    ),
  },
  'a session that could not be written is not ended by a tab that cannot get at its token': {
    mode: 'body',
    isWatched: false,
    seed: 0,
    steps: steps(
      ['record', 0, 2],
      ['log in as another', 0, 0],
      ['wait', 0, 7],
      ['open', 0, 0],
      ['wait', 0, 0],
    ),
  },
  'a renewal that is repeated after a sleep does not count its limit from before': {
    mode: 'cookie',
    isWatched: false,
    seed: 28643,
    steps: steps(
      ['close', 0, 0],
      ['fate of a refresh', 2, 0],
      ['open', 0, 0],
      ['sleep', 0, 6],
      ['log in as another', 0, 9],
      ['wait', 0, 0],
    ),
  },
}
