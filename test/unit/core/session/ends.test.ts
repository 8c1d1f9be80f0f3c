import { describe, expect, test } from 'vitest'
import type { SessionRecord } from '../../../../src/core/record/record.ts'
import type { SignOut } from '../../../../src/core/session/sign-out.ts'
import { sessionMs } from '../../../../src/core/time/moments.ts'
import { settle } from '../../../support/settle.ts'
import { BEGAN_AT } from '../record/sample.ts'
import { sampleSignOut } from './sample-sign-out.ts'
import { alice } from './sample-tab.ts'

// How a session is ended, by which call and for which record.

const over = { status: 'logged-out', session: 'id 1' }

describe('the server is told of an end', () => {
  test.each<readonly [string, Partial<SessionRecord>, boolean, number]>([
    ['of a session', {}, false, 1],
    ['of one that the server has refused to renew', { rejected: true }, false, 1],
    [
      'not of one that lives on in another application',
      { rejected: true, livesOn: true },
      false,
      0,
    ],
    ['of one that lives on, if the user logs out', { rejected: true, livesOn: true }, true, 1],
  ])('%s', async (_, changes, isLogout, times) => {
    const { signOut, tab, told } = await sampleSignOut({ ...alice, ...changes })
    if (isLogout) await signOut.logout(false)
    else await signOut.end('S', 'revoked')
    await settle()
    expect(tab.record).toMatchObject(over)
    expect(told).toHaveLength(times)
  })
})

test.each([
  ['of the session that the tab is in', 'S', over],
  ['of another one is of no account', 'T', alice],
])('an end %s', async (_, session, expected) => {
  const { signOut, tab } = await sampleSignOut(alice)
  await signOut.end(session, 'revoked')
  expect(tab.record).toMatchObject(expected)
})

describe('what is over already', () => {
  const ended: SessionRecord = {
    ...alice,
    status: 'logged-out',
    limits: { ...alice.limits, session: sessionMs(BEGAN_AT) },
  }

  test.each<readonly [string, (signOut: SignOut) => Promise<unknown>]>([
    ['by a logout', ({ logout }) => logout(true)],
    ['by an API', ({ end }) => end('S', 'revoked')],
    ['by its time', ({ endIfExpired }) => endIfExpired()],
  ])('is not ended again %s', async (_, call) => {
    const { signOut, tab, told, database } = await sampleSignOut(ended)
    await call(signOut)
    await settle()
    expect([tab.record, database.value, told]).toEqual([ended, ended, []])
  })
})

test('a tab that knows of no session ends none', async () => {
  const { signOut, tab, database, mirror } = await sampleSignOut(alice)
  database.value = mirror.value = undefined
  tab.observe(null, 'other-tab')
  await signOut.end('S', 'revoked')
  await signOut.endIfExpired()
  expect(await signOut.logout(true)).toEqual({ server: 'nothing-to-tell' })
  expect(database.value).toBeUndefined()
})

describe('a session that a newer version keeps', () => {
  test('is ended in this tab alone where an API says that it is over', async () => {
    const { signOut, tab, database, ledger, told } = await sampleSignOut({ ...alice, v: 2 })
    ledger.show({ ...alice, v: 2 }, { accessToken: 'access' })
    expect(tab.state.status).toBe('logged-in')
    await signOut.end('S', 'revoked')
    expect(tab.state).toMatchObject({ status: 'logged-out', end: { reason: 'revoked' } })
    expect([tab.record?.v, database.value]).toEqual([2, { ...alice, v: 2 }])
    await settle()
    expect(told).toEqual([])
  })

  test('is ended in storage by a user who logs out', async () => {
    const { signOut, ledger, database } = await sampleSignOut({ ...alice, v: 2 })
    ledger.show({ ...alice, v: 2 }, { accessToken: 'access' })
    expect(await signOut.logout(true)).toEqual({ server: 'told' })
    expect(database.value).toMatchObject({ status: 'logged-out', end: { reason: 'logout' } })
  })
})
