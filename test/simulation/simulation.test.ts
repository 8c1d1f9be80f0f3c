import { expect, test } from 'vitest'
import { ONCE_BROKEN } from './once-broken.ts'
import { runStory } from './run-story.ts'
import { simulate } from './simulate.ts'

test.each([
  ['anything', 985, 1],
  ['anything', 985, 2],
  ['idle', 500, 1],
  ['shared', 30, 1],
  ['parked', 300, 1],
  ['worker', 300, 1],
] as const)(
  'no story breaks a promise: about %s, %i of them, seed %i',
  async (about, runs, seed) => {
    expect(await simulate({ runs, seed, about })).toEqual({ runs, violation: null })
  },
)

test.each(ONCE_BROKEN)('%s', async (_, story) => {
  await runStory(story)
})

test('the same seed is the same run', async () => {
  expect(await simulate({ runs: 50, seed: 3 })).toEqual(await simulate({ runs: 50, seed: 3 }))
})
