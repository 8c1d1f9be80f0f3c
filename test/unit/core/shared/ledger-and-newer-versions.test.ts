import { describe, expect, test } from 'vitest'
import type { Change, SessionRecord } from '../../../../src/core/record/record.ts'
import type { Entry } from '../../../../src/core/shared/ledger.ts'
import { sampleRecord } from '../record/sample.ts'
import { sampleLedger } from './sample-ledger.ts'

// What the ledger does to the record of a newer version (E3).

const FIRST = sampleRecord()
const NEWER: SessionRecord = { ...FIRST, v: 2, generation: 2 }
const toSeventh: Change = (current) => (current ? { ...current, generation: 7 } : undefined)

describe('a change of a record that the tab knows to be of a newer version', () => {
  test.each<readonly [string, Entry | undefined, unknown[]]>([
    ['is not made', undefined, []],
    ['is made in this tab alone, if it is meant to be', { isMadeHere: true }, [[7, 'this-tab']]],
    [
      'is made in this tab alone, by the one that made it',
      { isMadeHere: true, by: 'restored' },
      [[7, 'restored']],
    ],
  ])('%s', async (_, entry, shown) => {
    const one = await sampleLedger(NEWER)
    const commit = await one.ledger.write(toSeventh, entry)
    expect(commit).toEqual({ outcome: 'lost', record: one.tab.record })
    expect(one.shown()).toEqual(shown)
    expect([one.tab.record?.v, one.database.value, one.posted]).toEqual([2, NEWER, []])
  })

  test('is written and told if a user makes it', async () => {
    const { ledger, database, posted } = await sampleLedger(NEWER)
    const { outcome } = await ledger.write(toSeventh, { replacesNewer: true })
    expect(outcome).toBe('written')
    expect(database.value).toMatchObject({ generation: 7 })
    expect(posted).toMatchObject([{ type: 'hint', record: { generation: 7 } }])
  })

  test('that comes to nothing is not shown either', async () => {
    const { ledger, shown } = await sampleLedger(NEWER)
    await ledger.write(() => undefined, { isMadeHere: true })
    expect(shown()).toEqual([])
  })
})

describe('a change of a record that turns out to be of a newer version', () => {
  const found = [2, 'other-tab']

  test.each<readonly [string, Entry | undefined, unknown[]]>([
    ['is not made', undefined, [found]],
    [
      'is made in this tab alone, if it is meant to be',
      { isMadeHere: true },
      [found, [7, 'this-tab']],
    ],
  ])('%s', async (_, entry, shown) => {
    const one = await sampleLedger(FIRST)
    one.database.value = NEWER
    expect((await one.ledger.write(toSeventh, entry)).outcome).toBe('lost')
    expect(one.shown()).toEqual(shown)
    expect([one.tab.record?.v, one.database.value, one.posted]).toEqual([2, NEWER, []])
  })
})

test('a change that is lost to this version is not made in this tab alone', async () => {
  const { ledger, database, shown } = await sampleLedger(FIRST)
  database.value = { ...FIRST, generation: 3 }
  const ifFirst: Change = (current) => (current?.generation === 1 ? toSeventh(current) : undefined)
  expect((await ledger.write(ifFirst, { isMadeHere: true })).outcome).toBe('lost')
  expect(shown()).toEqual([[3, 'other-tab']])
})
