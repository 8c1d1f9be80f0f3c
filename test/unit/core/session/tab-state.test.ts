import { describe, expect, test } from 'vitest'
import type { SessionRecord } from '../../../../src/core/record/record.ts'
import { opened } from '../../../../src/core/record/transitions.ts'
import { wallMs } from '../../../../src/core/time/moments.ts'
import { RESTORING, type SessionWarning } from '../../../../src/session-state.ts'
import { BEGAN_AT } from '../record/sample.ts'
import { alice, bob, sampleTab, second, tokens } from './sample-tab.ts'

const unknown = opened(alice, { session: 'U', key: 'key' }, wallMs(BEGAN_AT))
const warning: SessionWarning = {
  cause: 'idle',
  endsAt: BEGAN_AT + 60_000,
  extendable: true,
  extend: () => Promise.resolve({ ok: true, endsAt: null }),
  logout: () => Promise.resolve({ server: 'later' }),
}

describe('a session that may be there', () => {
  test.each([
    ['after a login in this tab', null, 'this-tab', 'restoring'],
    ['after a login in another tab, while a user was signed in', alice, 'other-tab', 'restoring'],
    ['that another tab looks for, while no user was signed in', null, 'other-tab', 'logged-out'],
    ['that is looked for on load', null, 'restored', 'logged-out'],
  ] as const)('%s', (_, before, by, expected) => {
    const { tab } = sampleTab()
    if (before) tab.observe(before, 'restored')
    tab.observe(unknown, by)
    expect(tab.state.status).toBe(expected)
    tab.observe({ ...unknown, failures: 1 }, 'other-tab')
    expect(tab.state.status).toBe(expected)
  })

  test.each([
    ['this-tab', undefined, false],
    ['this-tab', 1, false],
    ['this-tab', 2, true],
    ['restored', undefined, true],
  ] as const)('begun by %s, denied after %s failures: %s', (by, failures, isDenied) => {
    const { tab, changes } = sampleTab()
    const asked = { ...unknown, failures }
    tab.observe(asked, by)
    tab.deny(asked)
    expect(tab.isDenied).toBe(isDenied)
    tab.observe({ ...asked, generation: 0 }, 'other-tab')
    expect([tab.isDenied, changes.at(-1)?.isDenied]).toEqual([isDenied, isDenied])
  })

  test.each([
    ['the next session that may be there', { ...unknown, session: 'V', epoch: unknown.epoch + 1 }],
    ['its first token', { ...unknown, status: 'logged-in', generation: 1 }],
    ['storage that is cleared', null],
  ] as const)('is not denied any more by %s', (_, next) => {
    const { tab } = sampleTab()
    tab.observe(unknown, 'restored')
    tab.deny(unknown)
    tab.observe(next, 'other-tab')
    expect(tab.isDenied).toBe(false)
  })
})

describe('a session that a newer version keeps', () => {
  const newer: SessionRecord = { ...alice, v: 2 }

  test.each([
    ['whose token comes along', 'logged-in', tokens('token'), 0, newer],
    ['whose token at hand can be sent', 'logged-in', undefined, 594_999, newer],
    ['whose token at hand has expired', 'logged-out', undefined, 595_000, newer],
    ['of another user than the token', 'logged-out', undefined, 0, { ...bob, v: 2 }],
  ])('%s, is shown as %s', async (_, expected, brought, ms, next) => {
    const { clock, tab } = sampleTab()
    tab.observe(newer, 'restored')
    expect(tab.state.status).toBe('logged-out')
    if (!brought) tab.hold(newer, tokens('token'))
    await clock.advance(ms)
    tab.observe(next, 'other-tab', brought)
    expect(tab.state.status).toBe(expected)
  })
})

test('a warning and a cover are shown until they change; the warning ends with its session', () => {
  const { tab, states } = sampleTab()
  tab.observe(alice, 'this-tab', tokens('token'))
  expect(states).toEqual(['logged-out', 'logged-in'])
  tab.warn(warning)
  tab.warn({ ...warning })
  expect(tab.state.warning).toMatchObject({ cause: 'idle' })
  tab.stay({ parked: 2, cover: null })
  expect(tab.state).toMatchObject({ parked: 2, warning: { cause: 'idle' } })
  expect(states).toHaveLength(4)
  tab.observe(second, 'other-tab')
  expect(tab.state.warning).toMatchObject({ cause: 'idle' })
  tab.observe(bob, 'other-tab')
  expect(tab.state).toMatchObject({ subject: 'bob', warning: null, parked: 2 })
})

test('a tab that looks for its session says so until it has settled', () => {
  const { tab, changes } = sampleTab(true)
  tab.observe({ ...bob, status: 'logged-out' }, 'restored')
  expect(tab.state.status).toBe('restoring')
  tab.settle()
  expect(tab.state.status).toBe('logged-out')
  tab.observe(null, 'other-tab')
  expect(changes.map(({ isRestoring }) => isRestoring)).toEqual([true, false])
})

test('a tab that knows nothing yet shows that it is looking, and denies no session', () => {
  const { tab } = sampleTab(true)
  expect(tab.state).toEqual(RESTORING)
  expect(tab.isDenied).toBe(false)
})

test('a denial that comes after storage was cleared lasts until the tab looks again', () => {
  const { tab } = sampleTab()
  tab.observe(unknown, 'restored')
  tab.observe(null, 'other-tab')
  tab.deny(unknown)
  tab.observe(null, 'other-tab')
  expect([tab.isDenied, tab.state.status]).toEqual([false, 'logged-out'])
})
