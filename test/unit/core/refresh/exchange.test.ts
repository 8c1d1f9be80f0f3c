import { describe, expect, test } from 'vitest'
import {
  anonymousTransport,
  cookieTransport,
  jsonTransport,
  type Transport,
} from '../../../../src/index.ts'
import { createVirtualBrowser } from '../../../../src/testing/index.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import type { Tokens, TokenStorage } from '../../../../src/tokens.ts'
import { json } from '../../../support/fake-server.ts'
import { createProfile, plainStorage, type Profile } from '../../../support/profile.ts'
import { settle } from '../../../support/settle.ts'
import { singleTokenServer } from '../../../support/single-token-server.ts'

// Answers of the server that are neither a plain success nor a plain refusal.

const REFRESH = '/auth/refresh'
const HOUR_MS = 3_600_000
const renewed = (tab: VirtualTab): Promise<unknown> =>
  tab.session.getAccessToken({ forceRefresh: true }).catch((error: unknown) => error)
const outcomesOf = ({ server }: Profile) => server.refreshes.map(({ outcome }) => outcome)

describe('a visitor without an account', () => {
  function visitors(storage: TokenStorage) {
    return createVirtualBrowser({
      server: singleTokenServer({ ttlMs: HOUR_MS }),
      session: { transport: anonymousTransport('/anonymous'), storage },
    })
  }

  test('whose token can no longer be read is told so by this tab, and is not made another one', async () => {
    let isReadable = true
    const browser = visitors({
      ...plainStorage,
      open: (sealed) => (isReadable ? plainStorage.open(sealed) : Promise.resolve(null)),
    })
    const tab = browser.openTab()
    await tab.session.ready
    isReadable = false
    void renewed(tab)
    await browser.advance(3_000)
    expect(tab.eventsOf('ended')).toMatchObject([
      { reason: 'storage-cleared', initiator: 'this-tab' },
    ])
    expect(browser.network.sentTo('/anonymous')).toHaveLength(1)
  })

  test('who has no token yet gets one when the server, which refused for minutes in words of its own, goes on', async () => {
    const browser = visitors(plainStorage)
    browser.network.hold('/anonymous', (leg) =>
      leg.way === 'up' ? leg.pass(() => json({ message: 'Forbidden' }, 403)) : leg.pass(),
    )
    const tab = browser.openTab()
    await browser.advance(300_000)
    expect(browser.network.sentTo('/anonymous').length).toBeGreaterThan(3)
    browser.network.hold('/anonymous', null)
    await browser.advance(60_000)
    expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'visitor 1' })
  })
})

describe('a session that was refused, and that no tab has an access token of any more', () => {
  test.each([
    ['invalid_grant', 401, undefined, [{ sid: 's1' }]],
    ['refresh_superseded', 409, 1, [{ sid: 's1' }]],
    // By a higher number: another application goes on with it.
    ['refresh_superseded', 409, 9, []],
  ])('by %s (%i, seq %s) is ended at the server: %j', async (error, status, seq, told) => {
    const profile = createProfile()
    const first = await profile.signedIn()
    for (let n = 0; n < 20; n++) profile.server.next(REFRESH, () => json({ error, seq }, status))
    void renewed(first)
    await profile.clock.advance(20_000)
    expect(first.session.state.status).toBe('logged-in')
    first.close()
    const next = await profile.openTab()
    await profile.clock.advance(20_000)
    expect(next.session.state.status).toBe('logged-out')
    expect(profile.server.sentTo('/auth/logout').map(({ body }) => body)).toMatchObject(told)
  })
})

test('a page that was away sends nothing with the key of a generation that another tab has renewed', async () => {
  const profile = createProfile()
  profile.browser.faults.locks = 'rejects'
  const [away, other] = [await profile.signedIn(), await profile.openTab()]
  await profile.expire()
  profile.server.hold(REFRESH, () => undefined)
  const token = renewed(away)
  await settle()
  away.cache()
  profile.server.hold(REFRESH, null)
  await profile.during(1_000, renewed(other))
  // Its token was not handed over.
  other.crash()
  const { key } = profile.record
  profile.server.forget()
  away.thaw()
  expect(await profile.during(5_000, token)).toBeTypeOf('string')
  const keys = profile.server.sentTo(REFRESH).map(({ headers }) => headers.get('idempotency-key'))
  expect(keys).toEqual([key])
  expect(outcomesOf(profile)).toEqual(['rotated'])
})

test('an answer for another user is no answer where the refresh token is in the record, however often, and leaves no claim', async () => {
  const transport = jsonTransport('/auth', { idempotencyHeader: false })
  const profile = createProfile({ mode: 'body', transport, storage: plainStorage })
  const tab = await profile.signedIn()
  await profile.expire()
  for (let n = 0; n < 2; n++)
    profile.server.next(REFRESH, () =>
      json({ access_token: `e30.${btoa('{"sub":"bob"}')}.x`, refresh_token: 'of bob' }),
    )
  const token = renewed(tab)
  await settle()
  expect(tab.eventsOf('refresh-failed')).toHaveLength(1)
  expect(profile.record.attempt).toBeUndefined()
  expect(await profile.during(5_000, token)).toBeTypeOf('string')
  expect(tab.session.state).toMatchObject({ status: 'logged-in', subject: 'alice' })
  expect(profile.server.sentTo(REFRESH)).toHaveLength(3)
})

test('a page that is told after a lost answer that no user is signed in keeps the key, in another session', async () => {
  const profile = createProfile()
  profile.server.hold(REFRESH, (leg) => leg.lose())
  const tab = await profile.openTab()
  const { key, session } = profile.record
  expect(profile.record).toMatchObject({ status: 'unknown', failures: 1 })
  profile.server.hold(REFRESH, null)
  await profile.clock.advance(10_000)
  expect(tab.session.state.status).toBe('logged-out')
  expect(profile.record).toMatchObject({ status: 'logged-out', key })
  expect(profile.record.session).not.toBe(session)
})

test('a transport whose tokens are all cookies is given none to spend', async () => {
  const given: unknown[] = []
  const tokens: Tokens = { accessToken: null, expiresInMs: 600_000 }
  const transport: Transport = {
    ...cookieTransport('/auth'),
    read: () => tokens,
    refresh(context) {
      given.push(context.tokens)
      return Promise.resolve({ type: 'refreshed', tokens })
    },
  }
  const profile = createProfile({ transport })
  const tab = await profile.signedIn()
  given.length = 0
  await profile.clock.advance(570_000)
  expect(tab.eventsOf('refreshed')).toHaveLength(1)
  expect(given).toEqual([null])
})
