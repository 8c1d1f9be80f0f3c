import { expect, test } from 'vitest'
import { followJar } from '../../../../src/core/refresh/follow-jar.ts'
import type { RefreshOutcome } from '../../../../src/transport.ts'

type Answer = RefreshOutcome | undefined

const by = (sequence?: number) => ({ type: 'superseded', sequence }) as const
const refreshed: RefreshOutcome = { type: 'refreshed', tokens: { accessToken: 'access-2' } }
const unavailable: RefreshOutcome = { type: 'unavailable', status: 503 }

/**
 * Follows a server that answers a request with `first`, and then with each of `answers`; the last of them stays. The other tab
 * moves on before look `movedOnAt`.
 */
async function follow(
  first: ReturnType<typeof by>,
  seq: number | null,
  {
    answers = [],
    movedOnAt,
  }: { readonly answers?: readonly Answer[]; readonly movedOnAt?: number },
) {
  const looks: number[] = []
  const asked: (number | null)[] = []
  const movedOn = (ms: number): Promise<boolean> => Promise.resolve(looks.push(ms) === movedOnAt)
  const ask = (sequence: number | null): Promise<Answer> =>
    Promise.resolve(answers[Math.min(asked.push(sequence), answers.length) - 1])
  const outcome = await followJar(first, seq, movedOn, answers.length > 0 ? ask : undefined)
  return { outcome, looks, asked }
}

const ALL_LOOKS = [250, 1_000, 4_000, 6_000]

test.each([
  ['the number of the record: another tab may be quicker', by(2), 2, [refreshed], [2]],
  ['a higher one: another application has renewed', by(5), 2, [refreshed], [5]],
  ['a higher one each time', by(5), 2, [by(6), by(7), refreshed], [5, 6, 7]],
  ['any where the record has none, and names none itself', by(5), null, [refreshed], [null]],
])(
  'asks after the first look, and at once again, while the number in a 409 is %s',
  async (_, first, seq, answers, asked) => {
    expect(await follow(first, seq, { answers })).toEqual({
      outcome: refreshed,
      looks: [250],
      asked,
    })
  },
)

test.each([
  ['the same number', by(2), 2, [by(2)], [2, 2, 2, 2], 2],
  ['the same higher number', by(5), 2, [by(5)], [5, 5, 5, 5], 5],
  ['a number that grew once', by(5), 2, [by(6), by(6)], [5, 6, 6, 6, 6], 6],
  ['the same number where the record has none', by(5), null, [by(5)], [null, null, null, null], 5],
])(
  'asks once after each look while the server names %s, and gives that number in the end',
  async (_, first, seq, answers, asked, sequence) => {
    expect(await follow(first, seq, { answers })).toEqual({
      outcome: by(sequence),
      looks: ALL_LOOKS,
      asked,
    })
  },
)

test('asks again after a later look, and at once when the number has grown by then', async () => {
  const answers = [by(5), by(6), refreshed]
  expect(await follow(by(5), 2, { answers })).toEqual({
    outcome: refreshed,
    looks: [250, 1_000],
    asked: [5, 5, 6],
  })
})

test.each([
  ['a number below that of the record', by(1), [by(1)], [], 2],
  ['no number', by(undefined), [by(undefined)], [], 2],
  ['a lower number than before', by(5), [by(4)], [5], 5],
  ['no number any more', by(5), [by(undefined)], [5], 5],
])('only looks once the server names %s', async (_, first, answers, asked, sequence) => {
  expect(await follow(first, 2, { answers })).toEqual({
    outcome: by(sequence),
    looks: ALL_LOOKS,
    asked,
  })
})

test('asks eight times in all for a number that grows without end', async () => {
  const answers = Array.from({ length: 20 }, (_, n) => by(6 + n))
  const { asked, looks } = await follow(by(5), 2, { answers })
  expect(asked).toEqual([5, 6, 7, 8, 9, 10, 11, 12])
  expect(looks).toEqual(ALL_LOOKS)
})

test.each([
  ['before the first request', 1, [], [250]],
  ['before the second', 2, [2], [250, 1_000]],
  ['before the last', 4, [2, 2, 2], ALL_LOOKS],
])('sends nothing more if another tab has moved on %s', async (_, movedOnAt, asked, looks) => {
  expect(await follow(by(2), 2, { answers: [by(2)], movedOnAt })).toEqual({
    outcome: undefined,
    looks,
    asked,
  })
})

test.each([
  ['the server cannot renew now', unavailable],
  ['the server refuses', { type: 'rejected', reason: 'revoked' }],
  ['another tab has moved on', undefined],
] as const)('ends with the first request that finds that %s', async (_, answer) => {
  expect(await follow(by(2), 2, { answers: [answer] })).toEqual({
    outcome: answer,
    looks: [250],
    asked: [2],
  })
})

test('only looks for what another tab has done with a token that came in a body', async () => {
  expect(await follow(by(9), 2, {})).toMatchObject({
    outcome: { type: 'superseded' },
    looks: ALL_LOOKS,
  })
})
