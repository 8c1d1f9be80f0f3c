import { inspect } from 'node:util'
import { expect, test, vi } from 'vitest'
import {
  diagnostics,
  cookieTransport,
  jsonTransport,
  type RefreshOutcome,
  type Tokens,
  type Transport,
} from '../../src/index.ts'
import { createEventLog } from '../../src/core/notify/event-log.ts'
import type { SessionRecord } from '../../src/core/record/record.ts'
import { createBackend, jwt, refusal, SECRET, tokenOf } from '../support/backend.ts'
import { settle } from '../support/settle.ts'
import { createVirtualClock } from '../../src/testing/virtual-clock.ts'
import type { VirtualTab } from '../../src/testing/virtual-tab.ts'
import { json } from '../support/fake-server.ts'
import { createProfile, type Profile } from '../support/profile.ts'
import { rejection, signIn, transport, type SignedIn } from '../support/signed-in.ts'
import { diagnosticsOf } from '../support/diagnostics-of.ts'

// No token, cookie or header value ever appears in a message, log or event.

/** Everything that can be read out of a value: hidden members, causes, stacks. */
function told(value: unknown): string {
  return inspect(value, {
    depth: 12,
    showHidden: true,
    getters: true,
    maxStringLength: null,
    maxArrayLength: null,
  })
}

type Scenario = (page: SignedIn, heard: unknown[]) => Promise<void>

/** Lets time pass until `work` is settled, and keeps what it rejects with. */
async function hear(page: SignedIn, heard: unknown[], work: Promise<unknown>): Promise<void> {
  const settled = work.catch((error: unknown) => heard.push(error))
  await page.clock.advance(20_000)
  await settled
}

const answering =
  (answer: () => Response): Scenario =>
  async (page, heard) => {
    page.backend.route('/auth/refresh', answer)
    await hear(page, heard, page.session.getAccessToken({ forceRefresh: true }))
    page.clock.sleep(600_000)
    await hear(page, heard, page.session.authFetch('/api/notes'))
  }

const BROKEN = `{"access_token":"${SECRET}-access-9","refresh_token":"${SECRET}-refresh-9`

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a refresh answered with broken JSON': answering(() => new Response(BROKEN)),
  'a refresh answered with a wrong member': answering(() =>
    json({ access_token: { value: `${SECRET}-access` }, refresh_token: `${SECRET}-refresh` }),
  ),
  'a refresh answered with a wrong number': answering(() =>
    json({ access_token: `${SECRET}-access`, expires_in: `${SECRET}-s` }),
  ),
  'a refresh answered with the tokens of somebody else': answering(() =>
    json({ access_token: `${SECRET}-access`, refresh_token: `${SECRET}-refresh`, sid: 'other' }),
  ),
  'a refusal that repeats the token': answering(() =>
    json({ error: 'session_revoked', error_description: `${SECRET}-refresh is revoked` }, 401),
  ),
  'a plain refusal that repeats the token': answering(() =>
    json({ error: 'invalid_grant', error_description: `${SECRET}-refresh is spent` }, 400),
  ),
  'an outage': answering(() => json({ echo: `${SECRET}-access-1` }, 502)),
  'a login with a wrong answer': async ({ session }, heard) => {
    for (const answer of [
      BROKEN,
      { access_token: '', refresh_token: `${SECRET}-refresh` },
      { access_token: `${SECRET}-access`, sid: [`${SECRET}-sid`] },
    ]) {
      heard.push(await rejection(session.login(answer)))
    }
  },
  'renewals, a user switch and a logout': async ({ session, backend, clock }) => {
    await session.getAccessToken({ forceRefresh: true })
    await session.login(backend.issue({ access_token: jwt({ sub: 'grace', iat: 0, exp: 600 }) }))
    await clock.advance(2_000)
    await session.logout({ everywhere: true })
  },
  'an API that refuses, and one that wants more': async ({ session, backend }) => {
    backend.route('/api/notes', (request) =>
      tokenOf(request)?.endsWith('1')
        ? refusal()
        : refusal('Bearer error="insufficient_user_authentication", acr_values="mfa"'),
    )
    await session.authFetch(`/api/notes`)
  },
  'a logout with requests in flight': async (page, heard) => {
    page.backend.route('/api/notes', () => new Promise<Response>(() => undefined))
    const inFlight = rejection(page.session.authFetch('/api/notes'))
    await settle()
    await page.session.logout()
    heard.push(await inFlight)
  },
  'listeners that throw what they were told': async ({ session, backend }) => {
    for (const event of ['refreshed', 'ended', 'started'] as const) {
      session.on(event, (payload) => {
        throw new Error(inspect(payload))
      })
    }
    await session.getAccessToken({ forceRefresh: true })
    await session.login(backend.issue({ sid: 'sid-2' }))
    await session.logout()
  },
}

test.each(Object.entries(SCENARIOS))('%s: no token is told', async (_, scenario) => {
  const heard: unknown[] = []
  const page = await signIn(
    { diagnostics: diagnostics({ onLog: (entry) => heard.push(entry) }) },
    createBackend({ expires_in: 600, refresh_token: `${SECRET}-refresh-1` }),
  )
  const { session, tab } = page
  session.subscribe(() => heard.push(session.state))
  // Enough was logged to be worth searching.
  await scenario(page, heard)
  await settle()
  heard.push(tab.events, tab.reported, tab.measured, session.state)
  heard.push(await session.takeLastEnd(), await diagnosticsOf(session))
  expect(told(heard).length).toBeGreaterThan(100)
  expect(told(heard)).not.toContain(SECRET)
})

/** Every secret of the user that this browser has held or sent. */
function secretsOf({ browser, server }: Profile): ReadonlySet<string> {
  const secrets = new Set<unknown>(server.jar.values())
  const keep = ({ key, lastKey, sealed, tombstone }: SessionRecord): void => {
    for (const kept of [sealed, tombstone?.sealed] as (Tokens | undefined)[])
      secrets.add(kept?.accessToken).add(kept?.refreshToken)
    secrets.add(key).add(lastKey)
  }
  for (const record of browser.written) keep(record as SessionRecord)
  for (const { headers, body, cookies } of server.sent) {
    secrets.add(headers.get('authorization')?.slice('Bearer '.length))
    secrets.add(headers.get('idempotency-key')).add(body['refresh_token'])
    for (const value of cookies.values()) secrets.add(value)
  }
  return new Set([...secrets].filter((secret) => typeof secret === 'string'))
}

test.each(['cookie', 'body'] as const)(
  'of all tokens and keys of an eventful day none is told, in %s mode',
  async (mode) => {
    const heard: unknown[] = []
    const profile = createProfile({
      mode,
      diagnostics: diagnostics({ onLog: (entry) => heard.push(entry) }),
    })
    const { server, clock } = profile
    const tabs = [await profile.signedIn(), await profile.openTab(), await profile.openTab()]
    const [one, two, three] = tabs as [VirtualTab, VirtualTab, VirtualTab]
    const call = ({ session }: VirtualTab): Promise<unknown> =>
      profile.during(
        30_000,
        session.authFetch(`/api/me?code=${SECRET}`).catch((error: unknown) => heard.push(error)),
      )

    await clock.advance(3_600_000)
    server.next('/auth/refresh', () => new Response(null, { status: 503 }))
    server.next('/auth/refresh', (_, handle) => (handle(), Response.error()))
    await profile.expire()
    await Promise.all(tabs.map(call))
    server.next('/api/me', () => refusal())
    await call(two)
    server.next('/api/me', () =>
      refusal('Bearer error="insufficient_user_authentication", acr_values="mfa"'),
    )
    await call(two)
    two.freeze()
    await one.session.login(server.signIn('bob'))
    two.thaw()
    await call(two)
    server.revoke('s2')
    await profile.expire()
    await call(three)
    await profile.during(1_000, two.session.login(server.signIn('carol')))
    await profile.during(1_000, two.session.logout({ everywhere: true }))
    await clock.advance(60_000)

    for (const { session, events, reported, measured } of tabs) {
      heard.push(await diagnosticsOf(session), measured, reported, session.state)
      heard.push(await session.takeLastEnd())
      // The page that made the call knows which URL wants the step-up.
      heard.push(events.filter(([name]) => name !== 'step-up'))
    }
    const secrets = secretsOf(profile)
    expect(secrets.size).toBeGreaterThan(20)
    const all = told(heard)
    expect([SECRET, ...secrets].filter((secret) => all.includes(secret))).toEqual([])
    for (const word of ['revoked', 'user-switched', 'logout', '503', 'other-tab'])
      expect(all).toContain(word)
  },
)

test.each([
  ['status', 'refresh-failed', { type: 'unavailable', retryAfterMs: 1_000 }],
  ['reason', 'ended', { type: 'rejected' }],
] as const)(
  'what a transport of the application gives for a %s stays out of the log',
  async (detail, event, outcome) => {
    const logged: unknown[] = []
    const own: Transport = {
      ...transport,
      refresh: () =>
        Promise.resolve({
          ...outcome,
          [detail]: `${SECRET}-access-9`,
        } as unknown as RefreshOutcome),
    }
    const page = await signIn({
      transport: own,
      diagnostics: diagnostics({ onLog: (entry) => logged.push(entry) }),
    })
    await hear(page, [], page.session.getAccessToken({ forceRefresh: true }))
    expect(told(page.tab.eventsOf(event))).toContain(SECRET)
    logged.push(await diagnosticsOf(page.session))
    expect(told(logged)).toContain(event)
    expect(told(logged)).not.toContain(SECRET)
  },
)

test('the log takes details by their whole name, and nothing that only reads like a word', () => {
  const log = createEventLog(createVirtualClock())
  const disguised = { toString: () => 'revoked', secret: SECRET }
  log.add('ended', { by: 'other-tab', nearby: 'alice', reason: disguised })
  expect(log.entries()).toMatchObject([{ event: 'ended', by: 'other-tab' }])
  expect(Object.keys(log.entries()[0] ?? {})).toEqual(['at', 'event', 'by'])
})

test('misuse is told without what was given', () => {
  for (const work of [
    () => cookieTransport([`${SECRET}-url`] as unknown as string),
    () => jsonTransport({ url: `${SECRET}-url` } as unknown as string),
  ]) {
    try {
      work()
      throw new Error('Not refused')
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
      expect(told(error)).not.toContain(`${SECRET}-url`)
    }
  }
})

test('the library writes nothing to the console', async () => {
  const spies = (['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map((method) =>
    vi.spyOn(console, method),
  )
  try {
    for (const scenario of Object.values(SCENARIOS)) {
      await scenario(await signIn(), [])
      await settle()
    }
    expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([])
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
})
