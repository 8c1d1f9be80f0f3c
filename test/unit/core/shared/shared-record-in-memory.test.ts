import { describe, expect, test } from 'vitest'
import { withoutTokens, type SessionRecord } from '../../../../src/core/record/record.ts'
import { sessionMs } from '../../../../src/core/time/moments.ts'
import { BEGAN_AT } from '../record/sample.ts'
import { first, next, sampleStore, second, type SampleStore } from './sample-store.ts'

// The shared record while the database fails.

const renewed: SessionRecord = { ...next, generation: 2, sealed: 'sealed next' }

/** A page that has found the first record, and whose database has failed since. */
async function failing(): Promise<SampleStore> {
  const store = sampleStore(first)
  await store.shared.look()
  store.database.fault = 'rejects'
  await store.shared.look()
  return store
}

test('a change without a token is mirrored, and written when the database answers again', async () => {
  const { clock, shared, database, mirror } = await failing()
  const change = withoutTokens(second)
  expect(await shared.commit(() => change)).toEqual({ outcome: 'written', record: change })
  expect([shared.place, mirror.value, database.value]).toEqual(['local-storage', change, first])
  database.fault = 'none'
  await clock.advance(5_000)
  expect([shared.place, database.value]).toEqual(['indexed-db', change])
})

test('the refresh token of a renewal is kept nowhere: another tab may have the older one', async () => {
  const { shared, database, mirror } = await failing()
  const { value } = mirror
  expect(await shared.commit(() => second, true)).toEqual({ outcome: 'failed', record: first })
  expect([mirror.value, database.value, await shared.look()]).toEqual([value, first, first])
})

test('the refresh token of a new session is kept in memory, renewed there, and written when the database answers', async () => {
  const { clock, shared, database, mirror } = await failing()
  const { value } = mirror
  for (const record of [next, renewed]) {
    expect(await shared.commit(() => record, true)).toEqual({ outcome: 'written', record })
    expect([shared.canKeepSecrets(), mirror.value]).toEqual([true, value])
    expect(await shared.look()).toEqual(record)
  }
  database.fault = 'none'
  await clock.advance(5_000)
  expect([database.value, mirror.value]).toEqual([renewed, withoutTokens(renewed)])
})

test('a new session without a refresh token is mirrored: other tabs can renew it with its cookie', async () => {
  const { shared, mirror } = await failing()
  await shared.commit(() => withoutTokens(next))
  expect(mirror.value).toEqual(withoutTokens(next))
})

test('the refresh token of a session that another tab has begun is not kept', async () => {
  const { shared, mirror } = await failing()
  mirror.value = withoutTokens(next)
  const commit = await shared.commit(
    (current) => (current?.session === 'T' ? renewed : undefined),
    true,
  )
  expect(commit.outcome).toBe('failed')
})

test('once another tab has written what is further on, that is all there is', async () => {
  const { clock, shared, database, mirror } = await failing()
  await shared.commit(() => withoutTokens(second))
  Object.assign(database, { value: next, fault: 'none' })
  await clock.advance(5_000)
  expect(await shared.look()).toEqual(next)
  Object.assign(database, { value: undefined })
  mirror.value = null
  expect(await shared.look()).toBeNull()
  expect(clock.pending).toBe(0)
})

test('a token whose write was taken for a failure is not kept in memory once it is found', async () => {
  const { clock, shared, database, mirror } = sampleStore(first)
  await shared.look()
  database.fault = 'answer-lost'
  expect((await shared.commit(() => next, true)).outcome).toBe('written')
  database.fault = 'none'
  await clock.advance(5_000)
  expect(mirror.value).toEqual(withoutTokens(next))
  database.fault = 'rejects'
  await shared.look()
  expect(shared.canKeepSecrets()).toBe(false)
})

test('once it is written, a token is not kept in memory any more', async () => {
  const { clock, shared, database } = await failing()
  await shared.commit(() => next, true)
  database.fault = 'none'
  await clock.advance(5_000)
  database.fault = 'rejects'
  await shared.look()
  expect(shared.canKeepSecrets()).toBe(false)
  expect((await shared.commit(() => renewed, true)).outcome).toBe('failed')
})

test('a change that is not meant for what is known is lost', async () => {
  const { shared } = await failing()
  expect(await shared.commit(() => undefined)).toEqual({ outcome: 'lost', record: first })
})

describe('a refresh token could be kept', () => {
  test('while the database answers, and not while it does not', async () => {
    const { clock, shared, database } = sampleStore()
    expect(shared.canKeepSecrets()).toBe(true)
    database.fault = 'rejects'
    await shared.look()
    expect(shared.canKeepSecrets()).toBe(false)
    await clock.advance(5_000)
    expect(shared.canKeepSecrets()).toBe(true)
  })
})

describe('what the database lacks', () => {
  test('is tried for again after 5 seconds, and ever less often, up to five minutes', async () => {
    const { clock, shared, database } = await failing()
    database.readAt.length = 0
    await shared.commit(() => withoutTokens(second))
    await clock.advance(1_300_000)
    const inSeconds = database.readAt.map((ms) => ms / 1_000)
    expect(inSeconds).toEqual([5, 15, 35, 75, 155, 315, 615, 915, 1_215])
  })

  test('is tried for after 5 seconds again when the next change fails', async () => {
    const { clock, shared, database } = await failing()
    await shared.commit(() => withoutTokens(second))
    await clock.advance(14_000)
    database.fault = 'none'
    await clock.advance(6_000)
    database.fault = 'rejects'
    database.readAt.length = 0
    await shared.commit(() => withoutTokens({ ...second, generation: 3 }))
    await clock.advance(5_000)
    expect(database.readAt).toEqual([25_000])
  })

  test('is not tried for by a page that is closed', async () => {
    const { clock, shared, database, used } = await failing()
    await shared.commit(() => withoutTokens(second))
    await shared.commit(() => withoutTokens({ ...second, seenAt: sessionMs(BEGAN_AT + 1) }))
    expect(clock.pending).toBe(1)
    shared.close()
    expect([used.isClosed, clock.pending]).toEqual([true, 0])
    await shared.commit(() => withoutTokens({ ...second, generation: 3 }))
    expect(clock.pending).toBe(0)
    expect(database.value).toEqual(first)
  })
})

test('a database that was silent is not checked by a page that is closed', async () => {
  const { clock, shared, database } = sampleStore(first)
  database.fault = 'hangs'
  const looking = shared.look()
  await clock.advance(500)
  await looking
  expect(clock.pending).toBe(1)
  shared.close()
  expect(clock.pending).toBe(0)
})

test.each([
  ['local-storage', false],
  ['memory', true],
])('that the record is kept in %s is told once', async (place, isRefused) => {
  const { clock, shared, database, mirror, fallbacks } = sampleStore(first)
  mirror.isRefused = isRefused
  database.fault = 'rejects'
  await shared.look()
  await clock.advance(5_000)
  await shared.look()
  expect([shared.place, fallbacks]).toEqual([place, [place]])
})

test('a page that is closed is not told that the database fails', async () => {
  const { shared, database, fallbacks } = sampleStore(first)
  database.fault = 'rejects'
  const looking = shared.look()
  shared.close()
  await looking
  expect(fallbacks).toEqual([])
})

test('a watcher of the mirror watches until it leaves', () => {
  const { shared, watchers } = sampleStore()
  const leave = shared.watch(() => undefined)
  expect(watchers.size).toBe(1)
  leave()
  expect(watchers.size).toBe(0)
})
