import type { MoveName } from './moves.ts'
import { USUAL, type Setting } from './setting.ts'
import type { Step, Story } from './story.ts'

/** Steps as a violation prints them: what, to whom, and how much. */
function steps(...list: readonly (readonly [MoveName, number, number])[]): readonly Step[] {
  return list.map(([move, pick, much]) => ({ move, pick, much }))
}

// In the usual setting, except for what a story names.
const BROKEN: Readonly<Record<string, Partial<Setting> & Omit<Story, 'setting'>>> = {
  'a refused session has to end with its token, though two clocks are a hair apart': {
    transport: 'cookie',
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
    transport: 'json',
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
    transport: 'json',
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
    transport: 'cookie',
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
  'what a tab without its database has told the server is not to be told again': {
    transport: 'cookie',
    seed: 0,
    steps: steps(
      ['locks', 0, 0],
      ['record', 0, 10],
      ['log out', 0, 0],
      ['open', 0, 0],
      ['dispose', 3, 0],
      ['wait', 0, 0],
    ),
  },
  'a wish to stay in a tab without its database does not make that the only one with the session': {
    transport: 'json',
    afterMs: 1_800_000,
    seed: 0,
    steps: steps(
      ['open', 0, 0],
      ['record', 0, 6],
      ['log in', 3, 0],
      ['wait', 0, 2],
      ['extend', 0, 0],
      ['wait', 0, 0],
    ),
  },
  'a request of a tab that stood still while it was opened does not renew what others have found to be over':
    {
      transport: 'cookie',
      seed: 0,
      steps: steps(
        ['open', 0, 0],
        ['log in', 1, 0],
        ['dispose', 7, 0],
        ['request', 0, 0],
        ['freeze', 0, 0],
        ['wait', 0, 5],
      ),
    },
  'a clock that is set back does not make an hour of the half minute that the server has asked for':
    {
      transport: 'cookie',
      seed: 0,
      steps: steps(
        ['fate of a refresh', 5, 0],
        ['locks', 0, 0],
        ['log in as another', 0, 0],
        ['wait', 0, 7],
        ['set the clock back', 0, 1],
        ['wait', 0, 0],
      ),
    },
  'a session that begins after the clock was set back is not over for who remembers the time before':
    {
      transport: 'cookie',
      seed: 0,
      steps: steps(['set the clock back', 0, 2], ['log in', 0, 3], ['open', 0, 0], ['wait', 0, 0]),
    },
  'a refusal that was meant for a page that has gone is not heard by another one': {
    transport: 'cookie',
    seed: 19928,
    steps: steps(
      ['log in', 0, 0],
      ['fate of a refresh', 10, 0],
      ['fate of a refresh', 5, 0],
      ['freeze', 0, 0],
      ['open', 0, 0],
      ['close', 0, 0],
      ['wait', 0, 0],
    ),
  },
  'a renewal that could not be written yet does not pass for the wish to stay': {
    transport: 'json',
    afterMs: 1_800_000,
    seed: 0,
    steps: steps(
      ['log in', 0, 0],
      ['wait', 0, 6],
      ['act', 0, 0],
      ['crash', 0, 0],
      ['record', 0, 7],
      ['open', 0, 0],
      ['wait', 0, 6],
      ['extend', 0, 0],
      ['wait', 0, 0],
    ),
  },
  'a login that was cached before it was written knows the key that its cookie was spent with': {
    transport: 'cookie',
    seed: 0,
    steps: steps(
      ['log in', 0, 0],
      ['enter the back/forward cache', 0, 0],
      ['wait', 0, 0],
      ['fate of a refresh', 0, 0],
      ['open', 0, 0],
      ['fate of a refresh', 11, 0],
      ['wait', 0, 4],
      ['thaw or return', 0, 0],
      ['token', 0, 3],
      ['wait', 0, 0],
    ),
  },
  'what a failed restore says of storage that was cleared ends no session that has begun since': {
    transport: 'cookie',
    seed: 0,
    steps: steps(
      ['clear site data', 0, 0],
      ['log in as another', 0, 0],
      ['enter the back/forward cache', 0, 0],
      ['record', 0, 0],
      ['wait', 0, 4],
      ['thaw or return', 0, 0],
      ['wait', 0, 0],
    ),
  },
  'a refresh that was lost while its page was cached is not sent again under the next cookie': {
    transport: 'cookie',
    seed: 0,
    steps: steps(
      ['fate of a refresh', 2, 0],
      ['reload', 0, 0],
      ['open', 0, 0],
      ['enter the back/forward cache', 0, 0],
      ['log in', 0, 0],
      ['api refuses', 0, 0],
      ['request', 0, 0],
      ['wait', 0, 2],
      ['sleep', 0, 1],
    ),
  },
  'who was there when the page closed was there, though the database had not taken that yet': {
    transport: 'cookie',
    afterMs: 1_800_000,
    seed: 0,
    steps: steps(
      ['record', 0, 1],
      ['log in as another', 0, 0],
      ['wait', 0, 7],
      ['act', 0, 0],
      ['close', 0, 0],
      ['wait', 0, 8],
      ['wait', 0, 0],
    ),
  },
  'a request whose token and nonce are both too old is answered all the same': {
    transport: 'proving',
    seed: 0,
    steps: steps(['log in', 0, 0], ['freeze', 0, 0], ['wait', 0, 7], ['wait', 0, 0]),
  },
}

/** Stories that the simulation has found to break a promise, as short as it could make them. They are told again with every run. */
export const ONCE_BROKEN: readonly (readonly [string, Story])[] = Object.entries(BROKEN).map(
  ([name, { seed, steps, ...setting }]) => [
    name,
    { seed, steps, setting: { ...USUAL, ...setting } },
  ],
)
