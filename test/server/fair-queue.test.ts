import { expect, test } from 'vitest'
import { createFairQueue, QueueFull } from '../../demo/extensions/protection/fair-queue.ts'

/** A queue whose work is done when the test says so. */
function controlled(options: Parameters<typeof createFairQueue>[0]) {
  const queue = createFairQueue(options)
  const begun: string[] = []
  const ends: (() => void)[] = []
  const refused: string[] = []
  const enter = (name: string): Promise<unknown> =>
    queue
      .run(name.charAt(0), () => {
        begun.push(name)
        return new Promise<void>((resolve) => ends.push(resolve))
      })
      .catch((error: unknown) => {
        expect(error).toBeInstanceOf(QueueFull)
        refused.push(name)
      })
  return {
    begun,
    refused,
    enter: (...names: readonly string[]) => {
      for (const name of names) void enter(name)
    },
    /** Ends the work that began first, and lets everything happen that follows from it. */
    async end() {
      ends.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

test('so much runs at once, and the rest in the order in which it came', async () => {
  const { begun, enter, end } = controlled({ atOnce: 2, places: 10 })
  enter('a1', 'a2', 'a3', 'a4')
  expect(begun).toEqual(['a1', 'a2'])
  await end()
  expect(begun).toEqual(['a1', 'a2', 'a3'])
  await end()
  expect(begun).toEqual(['a1', 'a2', 'a3', 'a4'])
})

test('parties take turns, however much one of them has waiting', async () => {
  const { begun, enter, end } = controlled({ atOnce: 1, places: 10 })
  enter('a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1')
  for (let n = 0; n < 6; n++) await end()
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4'])
})

test('if no place is left, the party with most waiting gives up its newest, and is refused itself', async () => {
  const { begun, refused, enter, end } = controlled({ atOnce: 1, places: 3 })
  enter('a1', 'a2', 'a3', 'a4')
  enter('a5')
  await end()
  expect(refused).toEqual(['a5'])
  enter('a6', 'b1')
  await end()
  expect(refused).toEqual(['a5', 'a6'])
  await end()
  await end()
  expect(begun).toEqual(['a1', 'a2', 'a3', 'b1', 'a4'])
})

test('a party whose work would take the place of as much of another is refused', async () => {
  const { refused, enter, end } = controlled({ atOnce: 1, places: 2 })
  enter('a1', 'b1', 'c1', 'd1')
  await end()
  expect(refused).toEqual(['d1'])
})

test('work that fails makes room, too', async () => {
  const { run } = createFairQueue({ atOnce: 1, places: 1 })
  const failing = run('a', () => Promise.reject(new Error('broken')))
  const next = run('a', () => Promise.resolve('next'))
  await expect(failing).rejects.toThrow('broken')
  expect(await next).toBe('next')
  expect(await run('a', () => Promise.resolve('later'))).toBe('later')
})
