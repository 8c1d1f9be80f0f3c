import { describe, expect, test } from 'vitest'
import type { SessionRecord } from '../../../../src/core/record/record.ts'
import type { Tab } from '../../../../src/core/session/tab.ts'
import { sessionMs, wallMs } from '../../../../src/core/time/moments.ts'
import { settle } from '../../../support/settle.ts'
import { BEGAN_AT, sampleRecord } from '../record/sample.ts'
import { alice, bob, sampleTab, second, tokens } from './sample-tab.ts'

const loggedOut: SessionRecord = { ...bob, status: 'logged-out', subject: null }

describe('the tokens at hand', () => {
  test.each([
    ['of an earlier generation', 'S', 1, 'token'],
    ['of their own generation', 'S', 2, undefined],
    ['of a later generation', 'S', 3, undefined],
    ['of another session', 'T', 1, undefined],
  ])('are newer than those %s: %s, %i: %s', (_, session, used, expected) => {
    const { tab } = sampleTab()
    expect(tab.heldPast(session, used)).toBeUndefined()
    tab.observe(second, 'this-tab', tokens('token'))
    expect(tab.heldPast(session, used)?.tokens.accessToken).toBe(expected)
  })

  test.each([
    ['of a later generation', { ...alice, generation: 3 }, 'new'],
    ['of the same generation', second, 'old'],
    ['of an earlier generation', alice, 'old'],
    ['of a session that has ended meanwhile', { ...bob, generation: 3 }, 'old'],
  ])('and tokens %s: the tab holds the %s ones', (_, of, expected) => {
    const { tab } = sampleTab()
    tab.observe(second, 'this-tab', tokens('old'))
    tab.hold(of, tokens('new'))
    expect(tab.held?.tokens.accessToken).toBe(expected)
  })

  test('are none before a session is known, and of the next session alone once that is', () => {
    const { tab } = sampleTab()
    tab.hold(alice, tokens('alice'))
    expect(tab.held).toBeNull()
    tab.observe(alice, 'this-tab', tokens('alice'))
    tab.observe(bob, 'other-tab')
    expect(tab.held).toBeNull()
    tab.observe(null, 'other-tab', tokens('nobody'))
    expect(tab.held).toBeNull()
  })

  test('are renewed and expire as their record says', () => {
    const { tab } = sampleTab()
    tab.observe(alice, 'this-tab', tokens('token'))
    const { renewAt, expiresAt } = tab.held ?? {}
    expect([renewAt, expiresAt]).toEqual([BEGAN_AT + 540_000, BEGAN_AT + 595_000])
  })
})

describe('a request may be sent', () => {
  const limited: SessionRecord = {
    ...alice,
    limits: { ...alice.limits, session: sessionMs(BEGAN_AT + 10_000) },
  }
  const agingSoon = sampleRecord({ expiresInMs: 5_000 })

  test.each([
    ['before a look, as after a new session that began earlier', alice, -1, false, false],
    ['at a look', alice, 0, true, true],
    ['just within fifteen seconds of a look', alice, 14_999, true, true],
    ['fifteen seconds after a look', alice, 15_000, false, false],
    ['just before the session ends', limited, 9_999, true, true],
    ['when the session ends', limited, 10_000, false, false],
    ['just before its token is to be renewed', agingSoon, 3_999, true, true],
    ['when its token is to be renewed', agingSoon, 4_000, true, false],
  ])('%s: %s', (_, record, ms, isCurrent, maySend) => {
    const { tab } = sampleTab()
    tab.observe(record, 'this-tab', tokens('token'))
    tab.trust(sessionMs(BEGAN_AT))
    expect(tab.isCurrent(sessionMs(BEGAN_AT + ms))).toBe(isCurrent)
    expect(tab.maySend(wallMs(BEGAN_AT + ms))).toBe(maySend)
  })

  test('only after a look, and not once the page was away, until the next look', () => {
    const { tab } = sampleTab()
    const may = () => [tab.isCurrent(sessionMs(BEGAN_AT)), tab.maySend(wallMs(BEGAN_AT))]
    tab.observe(alice, 'this-tab', tokens('token'))
    expect(may()).toEqual([false, false])
    tab.trust(sessionMs(BEGAN_AT))
    expect(may()).toEqual([true, true])
    tab.distrust()
    expect(may()).toEqual([false, false])
    tab.distrust()
    expect(tab.absences).toBe(2)
    tab.trust(sessionMs(BEGAN_AT))
    expect(may()).toEqual([true, true])
  })

  test('at once only with a token', () => {
    const { tab } = sampleTab()
    tab.observe(alice, 'other-tab')
    tab.trust(sessionMs(BEGAN_AT))
    expect(tab.maySend(wallMs(BEGAN_AT))).toBe(false)
    tab.hold(alice, tokens('token'))
    expect(tab.maySend(wallMs(BEGAN_AT))).toBe(true)
  })
})

test('a record that is behind the one that the tab knows is not taken in; that storage is empty is', () => {
  const { tab, changes } = sampleTab()
  tab.observe(second, 'other-tab')
  tab.observe(alice, 'other-tab', tokens('old'))
  expect([tab.record, tab.held]).toEqual([second, null])
  tab.observe(null, 'restored')
  expect(tab.record).toBeNull()
  expect(changes.map(({ next, previous, by }) => [next, previous, by])).toEqual([
    [second, null, 'other-tab'],
    [null, second, 'restored'],
  ])
})

describe('a wait for newer tokens', () => {
  const { signal } = new AbortController()

  test.each<readonly [string, (tab: Tab) => void, string | null]>([
    ['that the tab already has', () => undefined, 'token'],
    ['that come', (tab) => tab.hold({ ...alice, generation: 3 }, tokens('newer')), 'newer'],
    ['of a session that ends', (tab) => tab.observe(loggedOut, 'other-tab'), null],
    ['of a session that storage has lost', (tab) => tab.observe(null, 'other-tab'), null],
  ])('%s', async (_, change, expected) => {
    const { tab } = sampleTab()
    tab.observe(second, 'this-tab', tokens('token'))
    const waiting = tab.whenPast('S', expected === 'token' ? 1 : 2, signal)
    change(tab)
    expect((await waiting)?.tokens.accessToken ?? null).toBe(expected)
  })

  test('goes on while neither comes, and ends with its signal', async () => {
    const { tab } = sampleTab()
    const controller = new AbortController()
    let isOver = false
    tab.observe(alice, 'this-tab')
    void tab.whenPast('S', 1, controller.signal).then(() => (isOver = true))
    tab.observe({ ...alice, failures: 1 }, 'other-tab')
    await settle()
    expect(isOver).toBe(false)
    controller.abort()
    tab.observe(null, 'other-tab')
    await settle()
    expect(isOver).toBe(false)
  })
})

test('a watcher is called after each change of record or tokens, until it leaves', () => {
  const { tab } = sampleTab()
  const seen: string[] = []
  const leave = tab.watch(() => seen.push(tab.state.status))
  tab.observe(alice, 'other-tab')
  tab.hold(alice, tokens('token'))
  leave()
  leave()
  tab.observe(bob, 'other-tab')
  expect(seen).toEqual(['logged-in', 'logged-in'])
})
