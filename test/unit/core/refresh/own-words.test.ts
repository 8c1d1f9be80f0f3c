import { describe, expect, test } from 'vitest'
import {
  anonymousTransport,
  cookieTransport,
  jsonTransport,
  oauthTransport,
  renewTransport,
  slidingTransport,
} from '../../../../src/index.ts'
import type { VirtualTab } from '../../../../src/testing/virtual-tab.ts'
import { createProfile, type Profile } from '../../../support/profile.ts'

const REFRESH = '/auth/refresh'
const asked = (tab: VirtualTab): Promise<unknown> =>
  tab.session.getAccessToken().catch((error: unknown) => error)

const inOwnWords =
  (status: number, body: unknown = { message: 'Forbidden' }) =>
  () =>
    Response.json(body, { status })

/** From now on the server answers each refresh like this. */
function answers(profile: Profile, answer: () => Response): void {
  profile.server.hold(REFRESH, (leg) => (leg.way === 'up' ? leg.pass(answer) : leg.pass()))
}

describe('a refusal in the words of the server', () => {
  test('ends the session at once if `refused` knows it', async () => {
    const transport = cookieTransport('/auth', {
      refused: (status, body) =>
        status === 403 && (body as { message?: string }).message === 'Forbidden',
    })
    const profile = createProfile({ transport })
    const tab = await profile.signedIn()
    await profile.expire()
    answers(profile, inOwnWords(403))
    await profile.during(3_000, asked(tab))
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'refresh-rejected' }])
  })

  test.each([
    ['204', [], () => new Response(null, { status: 204 })],
    ['200 without a body', [], () => new Response('')],
    ['200 with HTML', [], () => new Response('<html>')],
    ['403 without a body', [[403, undefined]], () => new Response('', { status: 403 })],
    ['403 with HTML', [[403, undefined]], () => new Response('<html>', { status: 403 })],
    ['403 with JSON', [[403, { a: 1 }]], inOwnWords(403, { a: 1 })],
  ] as const)('%s brings these calls of `refused`: %j', async (_, shown, answer) => {
    const calls: unknown[] = []
    const transport = cookieTransport('/auth', {
      refused: (...call) => calls.push(call) < 0,
    })
    const profile = createProfile({ transport })
    const tab = await profile.signedIn()
    await profile.expire()
    calls.length = 0
    answers(profile, answer)
    void asked(tab)
    await profile.clock.advance(100)
    expect(calls).toEqual(shown)
  })

  test('may give a reason', async () => {
    const transport = cookieTransport('/auth', {
      refused: (_, body) => (body as { code?: string }).code === 'IDLE' && 'idle',
    })
    const profile = createProfile({ transport })
    const tab = await profile.signedIn()
    await profile.expire()
    answers(profile, inOwnWords(418, { code: 'IDLE' }))
    await profile.during(3_000, asked(tab))
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'idle' }])
  })

  test.each([400, 403])(
    'that nobody explains ends the session when it has come for a minute (%i)',
    async (status) => {
      const profile = createProfile()
      const tab = await profile.signedIn()
      await profile.expire()
      answers(profile, inOwnWords(status))
      void asked(tab)
      await profile.clock.advance(59_000)
      expect(tab.session.state.status).toBe('logged-in')
      await profile.clock.advance(60_000)
      expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'refresh-rejected' }])
    },
  )

  test('counts anew after a renewal by a tab of version 0.1.0, which leaves the doubts in the record', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.expire()
    answers(profile, inOwnWords(403))
    void asked(tab)
    while (profile.record.doubts?.times !== 2) await profile.clock.advance(100)
    const { record } = profile
    const cleared = { failures: undefined, pausedAt: undefined, retryAt: undefined }
    profile.browser.stored.record = { ...record, ...cleared, generation: record.generation + 1 }
    await profile.expire()
    void asked(await profile.openTab())
    await profile.clock.advance(100)
    expect(profile.record).toMatchObject({ status: 'logged-in', doubts: { times: 1 } })
  })

  test('is no end within seconds if the clock is set back meanwhile', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.expire()
    answers(profile, inOwnWords(403))
    void asked(tab)
    await profile.clock.advance(100)
    profile.clock.step(-3_600_000)
    await profile.clock.advance(20_000)
    expect(profile.server.sentTo(REFRESH).length).toBeGreaterThan(3)
    expect(tab.session.state.status).toBe('logged-in')
    await profile.clock.advance(100_000)
    expect(tab.eventsOf('ended')).toMatchObject([{ reason: 'refresh-rejected' }])
  })

  test('is no end while the access token is good', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    answers(profile, inOwnWords(403))
    void tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
    await profile.clock.advance(300_000)
    expect(tab.session.state.status).toBe('logged-in')
    await profile.clock.advance(600_000)
    expect(tab.session.state.status).toBe('logged-out')
  })

  test('is no end, though it has come for minutes, if the server renews before the access token expires', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    answers(profile, inOwnWords(403))
    for (let call = 0; call < 10; call++) {
      void tab.session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
      await profile.clock.advance(20_000)
    }
    expect(profile.record.doubts?.times).toBeGreaterThan(10)
    profile.server.hold(REFRESH, null)
    await profile.clock.advance(600_000)
    expect(tab.session.state.status).toBe('logged-in')
  })

  test.each([
    ['a 404 of a deploy', () => Response.json({ message: 'Not found' }, { status: 404 })],
    ['the page of a firewall', () => new Response('<html>', { status: 403 })],
    ['headers that are too large', () => new Response(null, { status: 431 })],
    ['an outage', () => Response.json({ message: 'Bad gateway' }, { status: 502 })],
  ])('is not meant by %s, however often it comes', async (_, answer) => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.expire()
    answers(profile, answer)
    void asked(tab)
    await profile.clock.advance(3_600_000)
    expect(tab.session.state.status).toBe('logged-in')
  })

  test('is forgotten when another answer comes in between', async () => {
    const profile = createProfile()
    const tab = await profile.signedIn()
    await profile.expire()
    answers(profile, inOwnWords(403))
    void asked(tab)
    await profile.clock.advance(50_000)
    answers(profile, inOwnWords(502))
    await profile.clock.advance(60_000)
    answers(profile, inOwnWords(403))
    await profile.clock.advance(55_000)
    expect(tab.session.state.status).toBe('logged-in')
  })

  test('`refused` has to be a function', () => {
    const refused = 'Forbidden' as never
    for (const create of [
      () => cookieTransport('/auth', { refused }),
      () => jsonTransport('/auth', { refused }),
      () => renewTransport('/auth', { refused }),
      () => anonymousTransport('/auth', { refused }),
      () => slidingTransport('/api', { refused }),
      () => oauthTransport({ tokenEndpoint: '/token', clientId: 'app', refused }),
    ])
      expect(create).toThrow(/"refused" option must be a function/)
  })
})
