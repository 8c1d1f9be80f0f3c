import { describe, expect, test } from 'vitest'
import { isUnderWay, lanesOf, withoutGroups } from '../../../src/devtools/model/lanes.ts'
import { entry, logged, opened } from './entries.ts'

test('each tab has a lane, and its entries are in order of time, whichever way they came', () => {
  const all = [
    entry(2, 'call', 300),
    opened(2, 0),
    entry(1, 'call', 200),
    opened(1, 0),
    entry(1, 'call', 100),
  ]
  const lanes = lanesOf(all)
  expect(lanes.map(({ tab }) => tab)).toEqual([1, 2])
  expect(lanes[0]?.entries.map(({ at }) => at)).toEqual([0, 100, 200])
  expect(lanesOf(all.toReversed())).toEqual(lanes)
  // Of one moment: as they were noted.
  const same = [entry(3, 'state', 9, { seq: 1 }), entry(3, 'state', 9, { seq: 2 })]
  for (const order of [same, same.toReversed()])
    expect(lanesOf(order)[0]?.state).toEqual({ seq: 2 })
})

test('a token lasts until the next one, until the end of the session, or until its page has gone', () => {
  const token = (tab: number, at: number) => entry(tab, 'token', at, {}, { until: at + 600_000 })
  const until = (tab: number): unknown =>
    lanesOf(all)
      .find((lane) => lane.tab === tab)
      ?.entries.filter(({ kind }) => kind === 'token')
      .map((each) => each.until)
  const all = [
    ...[opened(1, 0), token(1, 1_000), token(1, 5_000)],
    ...[opened(2, 0), token(2, 1_000), logged(2, 7_000, 'ended', { reason: 'idle' })],
    ...[opened(3, 0, 9_000), token(3, 1_000)],
  ]
  expect(until(1)).toEqual([5_000, 605_000])
  expect(until(2)).toEqual([7_000])
  expect(until(3)).toEqual([9_000])
})

test('a warning is over when the session goes on, and a token is not', () => {
  const [lane] = lanesOf([
    opened(1, 0),
    entry(1, 'token', 0, {}, { until: 600_000 }),
    entry(1, 'warning', 1_000, { cause: 'idle' }, { until: 60_000 }),
    logged(1, 4_000, 'extended'),
  ])
  const until = Object.fromEntries(lane?.entries.map((each) => [each.kind, each.until]) ?? [])
  expect(until).toMatchObject({ token: 600_000, warning: 4_000 })
})

const begun = { until: null, outcome: null }

describe('what a page had begun when it went', () => {
  test('ends with it: a call without an answer, a lock quietly', () => {
    const [lane] = lanesOf([
      opened(1, 0, 5_000),
      entry(1, 'call', 1_000, {}, begun),
      entry(1, 'lock', 1_000, {}, begun),
    ])
    expect(lane?.leftAt).toBe(5_000)
    expect(lane?.entries.slice(1)).toMatchObject([
      { kind: 'call', until: 5_000, outcome: 'lost' },
      { kind: 'lock', until: 5_000, outcome: 'quiet' },
    ])
  })

  test('does not end what the next page of the same tab does', () => {
    const next = { ...opened(1, 6_000), id: 'other.0' }
    const call = { ...entry(1, 'call', 7_000, {}, begun), id: 'other.1' }
    const [lane] = lanesOf([opened(1, 0, 5_000), next, call])
    expect(lane?.leftAt).toBeNull()
    expect(lane?.entries.at(-1)).toEqual(call)
  })
})

test('a page that crashed has gone at the latest when its number is given to the next one', () => {
  const next = { ...opened(1, 6_000), id: 'other.0' }
  const call = entry(1, 'call', 1_000, {}, begun)
  const [lane] = lanesOf([opened(1, 0), call, next])
  expect(lane?.leftAt).toBeNull()
  expect(lane?.entries).toMatchObject([
    { kind: 'tab', until: 6_000, outcome: 'lost' },
    { kind: 'call', until: 6_000, outcome: 'lost' },
    { kind: 'tab', until: null },
  ])
  expect(lane && isUnderWay(lane)).toBe(false)
})

test('the last thing that a tab has said about itself is its state, and no entry of the lane', () => {
  const [lane] = lanesOf([
    opened(1, 0),
    entry(1, 'state', 100, { generation: 1 }),
    entry(1, 'state', 200, { generation: 2 }),
  ])
  expect(lane?.state).toEqual({ generation: 2 })
  expect(lane?.entries.map(({ kind }) => kind)).toEqual(['tab'])
})

test('groups can be hidden, and what belongs to none stays', () => {
  const [lane] = lanesOf([
    opened(1, 0),
    entry(1, 'call', 1),
    entry(1, 'lock', 2),
    entry(1, 'renewal', 3),
    logged(1, 4, 'started'),
  ])
  if (!lane) throw new Error('There is a lane')
  const shown = (...hidden: ('calls' | 'renewals' | 'events')[]): unknown =>
    withoutGroups(lane, new Set(hidden)).entries.map(({ kind }) => kind)
  expect(shown()).toEqual(['tab', 'call', 'lock', 'renewal', 'log'])
  expect(shown('calls')).toEqual(['tab', 'lock', 'renewal', 'log'])
  expect(shown('renewals', 'events')).toEqual(['tab', 'call'])
})

test('only what has no end yet is under way, and only in a tab that is open', () => {
  const underWay = (...more: Parameters<typeof lanesOf>[0][]): boolean[] =>
    lanesOf(more.flatMap((each) => [...each])).map(isUnderWay)
  const call = entry(1, 'call', 1, {}, { until: null, outcome: null })
  expect(underWay([opened(1, 0), entry(1, 'token', 1, {}, { until: 1e9 })])).toEqual([false])
  expect(underWay([opened(1, 0), call])).toEqual([true])
  expect(underWay([opened(1, 0, 9), call])).toEqual([false])
})
