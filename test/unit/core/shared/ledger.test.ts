import { expect, test } from 'vitest'
import { renewed } from '../../../../src/core/record/transitions.ts'
import { plus, sessionMs, wallMs } from '../../../../src/core/time/moments.ts'
import { inSession, type SessionRecord } from '../../../../src/core/record/record.ts'
import { BEGAN_AT, sampleRecord } from '../record/sample.ts'
import { sampleLedger } from './sample-ledger.ts'

const FIRST = sampleRecord()
const tokens = { accessToken: 'access-2' }
const startedAt = { wall: wallMs(BEGAN_AT + 1), session: sessionMs(BEGAN_AT + 1) }
const SECOND = renewed(FIRST, { tokens, sealed: null, startedAt, nextKey: 'key-3' })

const toSecond = (): SessionRecord => SECOND

test('a change is committed, shown in this tab, mirrored and told to the other tabs', async () => {
  const { tab, ledger, shown, posted, mirror, database } = await sampleLedger(FIRST)
  const { writes } = mirror
  const { outcome } = await ledger.write(toSecond, { tokens })
  expect([outcome, mirror.writes]).toEqual(['written', writes + 1])
  expect(database.value).toBe(SECOND)
  expect(mirror.value).toMatchObject({ generation: 2 })
  expect(shown()).toEqual([[2, 'this-tab']])
  expect(tab.held).toMatchObject({ generation: 2, tokens })
  expect(posted).toEqual([{ type: 'hint', record: { ...SECOND, sealed: undefined } }])
})

test('a tab that has asked for the tokens is answered as soon as they are here', async () => {
  const { ledger, posted, hear } = await sampleLedger(FIRST)
  hear({ type: 'question', session: 'S', newerThan: 1 })
  await ledger.write(toSecond, { tokens })
  expect(posted).toContainEqual({
    type: 'handoff',
    session: 'S',
    generation: 2,
    accessToken: 'access-2',
  })
})

test('a change that is lost shows this tab what is there instead, without its tokens', async () => {
  const { tab, ledger, shown, posted, mirror, database } = await sampleLedger(FIRST)
  database.value = { ...FIRST, generation: 7 }
  const { writes } = mirror
  const { outcome } = await ledger.write(() => undefined, { tokens })
  expect([outcome, mirror.writes]).toEqual(['lost', writes])
  expect(shown()).toEqual([[7, 'other-tab']])
  expect(tab.held).toBeNull()
  expect(posted).toEqual([])
})

test('a change that makes no generation of its own does not claim one that another tab has made', async () => {
  const { tab, ledger, shown, database } = await sampleLedger(FIRST)
  database.value = { ...FIRST, generation: 7 }
  await ledger.write(
    inSession('S', (current) => ({ ...current, extendingAt: sessionMs(9) })),
    { tokens },
  )
  expect(shown()).toEqual([[7, 'other-tab']])
  expect(tab.held).toBeNull()
})

test('under a lock a change is committed at once, and shown and told when the lock is free', async () => {
  const { ledger, shown, posted, database } = await sampleLedger(FIRST)
  const locked = ledger.underLock()
  const order: string[] = []
  await locked.write(toSecond, { tokens })
  locked.afterwards(() => order.push(`after ${shown().length}`))
  expect(database.value).toBe(SECOND)
  expect([shown(), posted]).toEqual([[], []])
  locked.release()
  expect(shown()).toEqual([[2, 'this-tab']])
  expect(posted).toMatchObject([{ type: 'hint' }])
  expect(order).toEqual(['after 1'])
})

test('what a change will come to is visible before the commit, and taken back if it does not come about', async () => {
  const { ledger, shown, posted, mirror, database } = await sampleLedger(FIRST)
  const ahead = { ...FIRST, session: 'T', epoch: FIRST.epoch + 1, status: 'logged-out' } as const
  const other = { ...FIRST, session: 'U', epoch: FIRST.epoch + 2 }
  database.value = other
  const writing = ledger.write(() => undefined, { ahead })
  expect(mirror.value).toMatchObject({ session: 'T' })
  expect(posted).toMatchObject([{ type: 'over', record: { session: 'T' } }])
  expect(shown()).toHaveLength(1)
  await writing
  expect(mirror.value).toMatchObject({ session: 'U' })
  expect(shown()).toHaveLength(2)
  expect(posted[1]).toMatchObject({ type: 'hint', record: { session: 'U' } })
})

test('storage found empty says nothing about a session that began while it was read', async () => {
  const { tab, ledger, database } = await sampleLedger(FIRST)
  database.value = undefined
  const next = { ...FIRST, session: 'T', epoch: FIRST.epoch + 1, seenAt: plus(FIRST.seenAt, 1) }
  await ledger.look(() => {
    ledger.show(next)
    return Promise.resolve()
  })
  expect(tab.record).toBe(next)
})

test('storage found empty ends the session that the tab was in before it looked', async () => {
  const { tab, ledger, database, mirror } = await sampleLedger(FIRST)
  database.value = mirror.value = undefined
  await ledger.look(() => Promise.resolve())
  expect(tab.record).toBeNull()
})

test('a change that is lost in empty storage does not end a session that began meanwhile', async () => {
  const { tab, ledger, database, mirror } = await sampleLedger(FIRST)
  const next = { ...FIRST, session: 'T', epoch: FIRST.epoch + 1 }
  database.value = mirror.value = undefined
  const writing = ledger.write(() => undefined)
  tab.observe(next, 'other-tab')
  expect((await writing).outcome).toBe('lost')
  expect(tab.record).toBe(next)
})

test('a look shows what it finds after its caller has seen that, and a read shows nothing', async () => {
  const { tab, ledger, database, shown } = await sampleLedger(FIRST)
  database.value = SECOND
  expect(await ledger.read()).toEqual(SECOND)
  expect(tab.record).toEqual(FIRST)
  const seen: unknown[] = []
  await ledger.look((found) => Promise.resolve(void seen.push(found, tab.record)))
  expect(seen).toEqual([SECOND, FIRST])
  expect(shown()).toEqual([[2, 'other-tab']])
})

test('a change that other tabs would not act on is not told to them', async () => {
  const { ledger, database, posted } = await sampleLedger(FIRST)
  await ledger.write(toSecond, { tokens, quiet: true, by: 'restored' })
  expect(database.value).toBe(SECOND)
  expect(posted).toEqual([])
})

test('tokens of a change that is lost are not handed to the tab that has asked for them', async () => {
  const { ledger, database, posted, hear } = await sampleLedger(FIRST)
  hear({ type: 'question', session: 'S', newerThan: 1 })
  database.value = { ...FIRST, generation: 7 }
  await ledger.write(() => undefined, { tokens })
  expect(posted).toEqual([])
})

test.each([
  ['that is seen before it is committed waits for the commit', true],
  ['that is seen when it is committed waits for nothing', false],
])('what listeners hear of a change %s', async (_, isAhead) => {
  const { ledger, awaited, database } = await sampleLedger(FIRST)
  const writing = ledger.write(toSecond, isAhead ? { ahead: SECOND } : {})
  expect(awaited).toHaveLength(isAhead ? 1 : 0)
  for (const work of awaited) await work
  expect(database.value).toBe(isAhead ? SECOND : FIRST)
  await writing
})

test('a record that is announced is seen in this tab and in the mirror, and not committed', async () => {
  const { ledger, tab, mirror, shown, database } = await sampleLedger(FIRST)
  ledger.announce(SECOND)
  expect(tab.record).toBe(SECOND)
  expect(shown()).toEqual([[2, 'this-tab']])
  expect(mirror.value).toMatchObject({ generation: 2, sealed: undefined })
  expect(database.value).toBe(FIRST)
})

test('work that waits for a lock is done once, however often the lock is released', async () => {
  const { ledger } = await sampleLedger(FIRST)
  const locked = ledger.underLock()
  let times = 0
  locked.afterwards(() => times++)
  expect(times).toBe(0)
  locked.release()
  locked.release()
  expect(times).toBe(1)
})
