import { expect, test } from 'vitest'
import { ONCE_BROKEN } from './once-broken.ts'
import { runStory } from './run-story.ts'
import { simulate } from './simulate.ts'

const RUNS = 2_000

test.each([1, 2])('no story of seed %i breaks a promise', async (seed) => {
  const { runs, violation } = await simulate({ runs: RUNS / 2, seed })
  expect(violation).toBeNull()
  expect(runs).toBe(RUNS / 2)
})

test('no story of users who are away breaks a promise', async () => {
  expect(await simulate({ runs: RUNS / 4, seed: 1, isIdle: true })).toEqual({
    runs: RUNS / 4,
    violation: null,
  })
})

test.each(ONCE_BROKEN)('%s', async (_, story) => {
  await runStory(story)
})

test('the same seed is the same run', async () => {
  expect(await simulate({ runs: 50, seed: 3 })).toEqual(await simulate({ runs: 50, seed: 3 }))
})
