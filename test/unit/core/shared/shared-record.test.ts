import { describe, expect, test } from 'vitest'
import { withoutTokens, type SessionRecord } from '../../../../src/core/record/record.ts'
import { sessionMs } from '../../../../src/core/time/moments.ts'
import { first, next, sampleStore, second } from './sample-store.ts'

const newer: SessionRecord = { ...first, v: 2 }
const active: SessionRecord = { ...first, seenAt: sessionMs(first.seenAt + 5) }
const tombstone = { sid: 'sid', everywhere: false }
const over: SessionRecord = { ...next, status: 'logged-out', sealed: undefined, tombstone }

describe('a look', () => {
  test.each<readonly [string, unknown, unknown, SessionRecord | null]>([
    ['at nothing', undefined, null, null],
    ['at what is no record', { v: 9 }, 'nonsense', null],
    ['at a record that the mirror has, too', first, withoutTokens(first), first],
    ['at a record that is further on than the mirror', second, withoutTokens(first), second],
    ['at a record of a newer version', newer, null, newer],
  ])('%s writes nothing to the database', async (_, stored, mirrored, expected) => {
    const { shared, database } = sampleStore(stored, mirrored)
    expect(await shared.look()).toEqual(expected)
    expect(database.value).toBe(stored)
  })

  test.each([
    ['lacks the record', null, 1],
    ['is behind it', withoutTokens(first), 1],
    ['has it', withoutTokens(second), 0],
  ])('writes to the mirror, without tokens, where that %s', async (_, mirrored, writes) => {
    const { shared, mirror } = sampleStore(second, mirrored)
    await shared.look()
    expect(mirror).toMatchObject({ value: withoutTokens(second), writes })
  })

  test.each<readonly [string, unknown, SessionRecord, SessionRecord]>([
    [
      'a sign-out, with the token that tells the server of it',
      first,
      over,
      { ...over, tombstone: { ...tombstone, sealed: 'sealed 1' } },
    ],
    ['a session, without what pretends to be its tokens', undefined, next, withoutTokens(next)],
    ['when the user was last active', first, active, active],
  ])('completes the database by what only the mirror has: %s', async (_, stored, mirrored, all) => {
    const { shared, database } = sampleStore(stored, mirrored)
    expect(await shared.look()).toEqual(all)
    expect(database.value).toEqual(all)
  })

  test.each([
    ['a commit that overtook it', first, second, second],
    ['what is further on than that commit', next, withoutTokens(second), next],
  ])('whose answer is late finds %s', async (_, stored, committed, expected) => {
    const { clock, shared, database, mirror } = sampleStore(first)
    await shared.look()
    mirror.isRefused = true
    const delay = Promise.withResolvers<undefined>()
    Object.assign(database, { delay: delay.promise, value: stored })
    const looking = shared.look()
    await clock.settle()
    if (stored === next) database.fault = 'rejects'
    expect((await shared.commit(() => committed)).outcome).toBe('written')
    delay.resolve(undefined)
    expect(await looking).toEqual(expected)
    database.fault = 'rejects'
    expect(await shared.look()).toEqual(expected)
  })

  test('at a database that was cleared brings nothing back', async () => {
    const { shared, database, mirror } = sampleStore(first)
    await shared.look()
    Object.assign(database, { value: undefined })
    mirror.value = null
    expect(await shared.look()).toBeNull()
    expect(database.value).toBeUndefined()
  })

  test('that found a record in the mirror alone does not bring it back once storage was cleared', async () => {
    const { clock, shared, database, mirror } = sampleStore(undefined, withoutTokens(first))
    database.fault = 'rejects'
    expect(await shared.look()).toEqual(withoutTokens(first))
    database.fault = 'none'
    mirror.value = null
    await clock.advance(5_000)
    expect(await shared.look()).toBeNull()
  })

  test.each([
    ['what it knows', null, first],
    ['what the mirror has beyond that', withoutTokens(second), withoutTokens(second)],
  ])('where the database fails finds %s', async (_, mirrored, expected) => {
    const { shared, database, mirror } = sampleStore(first)
    await shared.look()
    database.fault = 'rejects'
    mirror.value = mirrored
    expect(await shared.look()).toEqual(expected)
    expect(await shared.look()).toEqual(expected)
  })
})

describe('a commit', () => {
  test.each<readonly [string, unknown, unknown, boolean, 'written' | 'lost']>([
    ['to nothing', undefined, null, false, 'written'],
    ['to a record', first, null, false, 'written'],
    ['to the record of a newer version', newer, null, false, 'lost'],
    ['to the record of a newer version that a user replaces', newer, null, true, 'written'],
    ['to what is no record, though it says so', { v: 2 }, null, false, 'written'],
    ['where only the mirror is of a newer version', undefined, newer, false, 'written'],
    [
      'where the mirror is of a newer version, and further on',
      first,
      { ...next, v: 2 },
      false,
      'lost',
    ],
  ])('%s', async (_, stored, mirrored, replacesNewer, outcome) => {
    const { shared, database } = sampleStore(stored, mirrored)
    const commit = await shared.commit(() => second, false, replacesNewer)
    expect(commit.outcome).toBe(outcome)
    expect(database.value).toEqual(outcome === 'written' ? second : stored)
    if (outcome === 'written') expect(commit.record).toEqual(second)
    else expect(commit.record?.v).toBe(2)
  })

  test('that is not meant for what is there writes nothing, and says what is there', async () => {
    const { shared, database, mirror } = sampleStore(second)
    const commit = await shared.commit((current) => (current === first ? next : undefined))
    expect(commit).toEqual({ outcome: 'lost', record: second })
    expect([database.value, mirror.writes]).toEqual([second, 0])
  })

  test('is mirrored without tokens', async () => {
    const { shared, mirror } = sampleStore(first)
    await shared.commit(() => second)
    expect(mirror.value).toEqual(withoutTokens(second))
  })
})

describe('what a page announces', () => {
  test.each<readonly [string, SessionRecord | null, SessionRecord, SessionRecord | null]>([
    ['is mirrored without tokens', null, first, withoutTokens(first)],
    ['replaces what is behind it', withoutTokens(first), over, over],
    ['leaves what is further on', over, first, over],
    [
      'adds what it knows more',
      withoutTokens(second),
      active,
      { ...withoutTokens(second), seenAt: active.seenAt },
    ],
    ['is not mirrored if a newer version wrote it', null, newer, null],
    ['leaves the mirror of a newer version', newer, active, newer],
    [
      'leaves the mirror of a newer version that is further on',
      { ...next, v: 2 },
      first,
      { ...next, v: 2 },
    ],
    ['replaces the mirror of a newer version that is behind it', newer, over, over],
  ])('%s', (_, mirrored, record, expected) => {
    const { shared, mirror, database } = sampleStore(undefined, mirrored)
    shared.announce(record)
    expect(mirror.value).toEqual(expected)
    expect(database.value).toBeUndefined()
  })

  test.each<readonly [string, unknown, SessionRecord | null]>([
    ['nothing', null, null],
    ['nonsense', 'nonsense', null],
    ['a record', first, withoutTokens(first)],
  ])('is read from the mirror at once, and never with tokens: %s', (_, mirrored, expected) => {
    expect(sampleStore(second, mirrored).shared.peek()).toEqual(expected)
  })
})
