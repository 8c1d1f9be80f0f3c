import type { Story } from './story.ts'

/** Stories that the simulation has found to break a promise, as short as it could make them. They are told again with every run. */
export const ONCE_BROKEN: Readonly<Record<string, Story>> = {
  'a refused session has to end with its token, though two clocks are a hair apart': {
    mode: 'cookie',
    seed: 2,
    steps: [
      { move: 'fate of a refresh', pick: 9, much: 0 },
      { move: 'log in', pick: 0, much: 0 },
      { move: 'wait', pick: 0, much: 6 },
      { move: 'server ends it', pick: 0, much: 0 },
      { move: 'wait', pick: 0, much: 6 },
      { move: 'wait', pick: 0, much: 0 },
    ],
  },
  'a page that finds no database is no reason to give the session up when it is back': {
    mode: 'body',
    seed: 0,
    steps: [
      { move: 'log in', pick: 0, much: 0 },
      { move: 'wait', pick: 0, much: 0 },
      { move: 'record', pick: 0, much: 0 },
      { move: 'reload', pick: 0, much: 0 },
      { move: 'wait', pick: 0, much: 0 },
    ],
  },
  'a session that could not be written is not ended by a tab that cannot get at its token': {
    mode: 'body',
    seed: 0,
    steps: [
      { move: 'record', pick: 0, much: 2 },
      { move: 'log in as another', pick: 0, much: 0 },
      { move: 'wait', pick: 0, much: 7 },
      { move: 'open', pick: 0, much: 0 },
      { move: 'wait', pick: 0, much: 0 },
    ],
  },
}
