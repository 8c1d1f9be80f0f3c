import { expect, test } from 'vitest'
import {
  answerTokens,
  cookieTransport,
  jsonTransport,
  readTokenResponse,
  type Transport,
} from '../../../../src/index.ts'
import { createVirtualBrowser } from '../../../../src/testing/index.ts'
import { unsignedToken } from '../../../../src/testing/unsigned-token.ts'
import { bearer, type TokenStorage } from '../../../../src/tokens.ts'
import { gate } from '../../../support/fake-server.ts'
import { plainStorage } from '../../../support/profile.ts'

/** A transport of an application's own: any answer may bring the next access token. */
const transport: Transport = {
  ...jsonTransport('/auth'),
  answerTokens: answerTokens(({ headers }) => {
    const accessToken = headers.get('x-next')
    return accessToken === null ? null : readTokenResponse({ access_token: accessToken })
  }),
}

/** Two tabs of alice's, before an API whose answers bring what `next` says. */
async function signedIn(next: () => string, first = 'first', seal = plainStorage.seal) {
  const fetch = () => Promise.resolve(new Response(null, { headers: { 'x-next': next() } }))
  const storage = { ...plainStorage, seal }
  const browser = createVirtualBrowser({ session: { transport, storage, fetch } })
  const [tab, other] = [browser.openTab(), browser.openTab()]
  await tab.session.login({ access_token: first, refresh_token: 'refresh', sid: 'sid-1' })
  await browser.settle()
  return { browser, session: tab.session, other: other.session, tabs: [tab, other] as const }
}

test('tokens that do not say when they were made replace each other in the order of their answers, in all tabs', async () => {
  let n = 0
  const { browser, session, other } = await signedIn(() => `token-${++n}`)
  for (const tab of [session, other, session]) {
    await tab.authFetch('/api/notes')
    await browser.settle()
    expect(await session.getAccessToken()).toBe(`token-${n}`)
    expect(await other.getAccessToken()).toBe(`token-${n}`)
  }
})

test('an answer out of the HTTP cache does not put its old token in the place of a newer one', async () => {
  const answers = [
    ['fresh', 'Sun, 29 Nov 2026 10:00:10 GMT'],
    ['cached', 'Sun, 29 Nov 2026 10:00:00 GMT'],
    ['cached', 'Sun, 29 Nov 2026 10:00:00 GMT'],
    ['as fresh', 'Sun, 29 Nov 2026 10:00:10 GMT'],
    ['fresher', 'Sun, 29 Nov 2026 10:00:11 GMT'],
  ] as const
  const queue = [...answers]
  const fetch = () => {
    const [next = '', date = ''] = queue.shift() ?? []
    return Promise.resolve(new Response(null, { headers: { 'x-next': next, date } }))
  }
  const browser = createVirtualBrowser({ session: { transport, storage: plainStorage, fetch } })
  const [one, two] = [browser.openTab().session, browser.openTab().session]
  await one.login({ access_token: 'first', refresh_token: 'refresh', sid: 'sid-1' })
  await browser.settle()
  const seen: string[] = []
  for (const tab of [one, one, two, two, one]) {
    await tab.authFetch('/api/notes')
    await browser.settle()
    seen.push(await one.getAccessToken())
    expect(await two.getAccessToken()).toBe(seen.at(-1))
  }
  expect(seen).toEqual(['fresh', 'fresh', 'fresh', 'as fresh', 'fresher'])
})

test('an answer out of the HTTP cache does not put its old token in the place of one that a renewal has brought', async () => {
  const dates = { renewal: '10:00:10', cached: '10:00:09', fresh: '10:00:11' }
  let next: 'cached' | 'fresh' = 'cached'
  const dated = (time: string) => ({ date: `Sun, 29 Nov 2026 ${time} GMT` })
  const fetch = (input: RequestInfo | URL) =>
    Promise.resolve(
      (input as string).endsWith('/auth/refresh')
        ? Response.json(
            { access_token: 'renewed', refresh_token: 'refresh-2' },
            { headers: dated(dates.renewal) },
          )
        : new Response(null, { headers: { ...dated(dates[next]), 'x-next': next } }),
    )
  const browser = createVirtualBrowser({ session: { transport, storage: plainStorage, fetch } })
  const { session } = browser.openTab()
  await session.login({ access_token: 'first', refresh_token: 'refresh', sid: 'sid-1' })
  expect(await session.getAccessToken({ forceRefresh: true })).toBe('renewed')
  for (const [answer, token] of [
    ['cached', 'renewed'],
    ['fresh', 'fresh'],
  ] as const) {
    next = answer
    await session.authFetch('/api/notes')
    await browser.settle()
    expect(await session.getAccessToken()).toBe(token)
  }
})

test('a token that says when it was made replaces one that does not, and none that is as new', async () => {
  const made = (n: number) => unsignedToken({ sub: 'alice', iat: 1_000, exp: 9_000, n })
  let n = 0
  const { browser, session } = await signedIn(() => made(++n))
  await session.authFetch('/api/notes')
  await session.authFetch('/api/notes')
  await browser.settle()
  expect(await session.getAccessToken()).toBe(made(1))
})

test('a token whose answer does not name its type is of the type of the one before, and so is one that a renewal brings', async () => {
  const types: unknown[] = []
  const noting: Transport = {
    ...transport,
    answerTokens: answerTokens(() => ({ accessToken: 'second', refreshToken: 'refresh' })),
    authorize(_, tokens) {
      types.push(tokens.tokenType)
      return bearer(tokens)
    },
  }
  const fetch = (input: RequestInfo | URL) =>
    Promise.resolve(
      (input as string).endsWith('/auth/refresh')
        ? Response.json({ access_token: 'third', refresh_token: 'refresh-2' })
        : new Response(),
    )
  const browser = createVirtualBrowser({
    session: { transport: noting, storage: plainStorage, fetch },
  })
  const { session } = browser.openTab()
  await session.login({ access_token: 'first', refresh_token: 'refresh', token_type: 'Bearer' })
  for (let call = 0; call < 2; call++) {
    await session.authFetch('/api/notes')
    await browser.settle()
  }
  expect(await session.getAccessToken()).toBe('second')
  expect(await session.getAccessToken({ forceRefresh: true })).toBe('third')
  await session.authFetch('/api/notes')
  expect(types).toEqual(['Bearer', 'Bearer', 'Bearer'])
})

test('a token of another user replaces none', async () => {
  const of = (sub: string, iat: number) => unsignedToken({ sub, iat, exp: iat + 3_600 })
  const own = of('alice', 1_000)
  const { browser, session } = await signedIn(() => of('mallory', 2_000), own)
  await session.authFetch('/api/notes')
  await browser.settle()
  expect(await session.getAccessToken()).toBe(own)
  expect(session.state.subject).toBe('alice')
})

/** Of what the API brings, the older token cannot be sealed before the gate is opened. */
async function withSlowSeal() {
  const made = (iat: number) => unsignedToken({ sub: 'alice', iat, exp: iat + 3_600 })
  const [first, second, third] = [made(1_000), made(2_000), made(3_000)]
  const brought = [second, third]
  const older = gate()
  const seal: TokenStorage['seal'] = async (tokens) => {
    if (tokens.accessToken === second) await older.promise
    return tokens
  }
  return { ...(await signedIn(() => brought.shift() ?? '', first, seal)), first, third, older }
}

test('a token that is sealed only when a newer one is there already replaces none', async () => {
  const { browser, session, other, third, older } = await withSlowSeal()
  await session.authFetch('/api/notes')
  await other.authFetch('/api/notes')
  await browser.settle()
  older.open()
  await browser.settle()
  for (const tab of [session, other]) expect(await tab.getAccessToken()).toBe(third)
})

test('a token that is sealed only when another tab has written a newer one, unheard, is not used', async () => {
  const { browser, session, other, first, older } = await withSlowSeal()
  Object.assign(browser.faults, { channel: 'deaf', mirror: 'refused' })
  await session.authFetch('/api/notes')
  await other.authFetch('/api/notes')
  await browser.settle()
  older.open()
  await browser.settle()
  expect(await session.getAccessToken()).toBe(first)
})

test('a token that cannot be sealed is not used, and its answer is good all the same', async () => {
  const { browser, session } = await signedIn(
    () => 'second',
    'first',
    (tokens) =>
      tokens.accessToken === 'first' ? Promise.resolve(tokens) : Promise.reject(new Error('No')),
  )
  expect(await session.authFetch('/api/notes')).toMatchObject({ status: 200 })
  await browser.settle()
  expect(await session.getAccessToken()).toBe('first')
})

test('a token that cannot be kept is not used: other tabs would go on with another one', async () => {
  const { browser, session, other } = await signedIn(() => 'second')
  browser.faults.record = 'rejects'
  await session.authFetch('/api/notes')
  await browser.settle()
  expect(await session.getAccessToken()).toBe('first')
  expect(await other.getAccessToken()).toBe('first')
})

test.each([{ channel: 'deaf' }, { mirror: 'refused' }] as const)(
  'a replacement is a renewal to all tabs, and told to them where there is %j',
  async (trouble) => {
    const { browser, session, tabs } = await signedIn(() => 'second')
    Object.assign(browser.faults, trouble)
    await session.authFetch('/api/notes')
    await browser.settle()
    expect(tabs.map(({ eventsOf }) => eventsOf('refreshed').map(({ by }) => by))).toEqual([
      ['this-tab'],
      ['other-tab'],
    ])
  },
)

test('an answer that brings what is here already costs no write', async () => {
  const token = unsignedToken({ sub: 'alice', iat: 1_000, exp: 9_000 })
  const { browser, session } = await signedIn(() => token, token)
  const { updates } = browser.used
  await session.authFetch('/api/notes')
  await browser.settle()
  expect(browser.used.updates).toBe(updates)
})

test.each([
  ['costs no write, and leaves the end of its token where it was', {}, 0, 600_000],
  ['but names a lifetime moves the end of its token', { expires_in: 900 }, 1, 900_000],
])('an answer that brings an opaque token again %s', async (_, more, writes, livesMs) => {
  const repeating: Transport = {
    ...transport,
    answerTokens: answerTokens(() => readTokenResponse({ access_token: 'same', ...more })),
  }
  const fetch = () => Promise.resolve(new Response())
  const browser = createVirtualBrowser({
    session: { transport: repeating, storage: plainStorage, fetch },
  })
  const { session } = browser.openTab()
  await session.login({ access_token: 'same', refresh_token: 'refresh', expires_in: 600 })
  const { updates } = browser.used
  await session.authFetch('/api/notes')
  await browser.settle()
  expect(browser.used.updates).toBe(updates + writes)
  expect(session.state.accessExpiresAt).toBe(browser.clock.now() + livesMs)
})

test('an answer to a request of the last session replaces nothing in the next', async () => {
  let answer = (): void => undefined
  const fetch = () =>
    new Promise<Response>((resolve) => {
      answer = () => resolve(new Response(null, { headers: { 'x-next': 'late' } }))
    })
  const browser = createVirtualBrowser({ session: { transport, storage: plainStorage, fetch } })
  const { session } = browser.openTab()
  await session.login({ access_token: 'first', refresh_token: 'refresh', sid: 'sid-1' })
  const dropped = session.authFetch('/api/notes').catch(() => undefined)
  await browser.settle()
  await session.login({ access_token: 'next', refresh_token: 'refresh-2', sid: 'sid-2' })
  answer()
  await dropped
  await browser.settle()
  expect(await session.getAccessToken()).toBe('next')
})

test('an answer whose token is no newer than the one at hand, though it is another, costs no look at the database', async () => {
  const made = (n: number) => unsignedToken({ sub: 'alice', iat: 1_000, exp: 9_000, n })
  const { browser, session } = await signedIn(() => made(2), made(1))
  const { updates } = browser.used
  await session.authFetch('/api/notes')
  await browser.settle()
  expect(browser.used.updates).toBe(updates)
  expect(await session.getAccessToken()).toBe(made(1))
})

test('a token of a session whose refresh token is in a cookie is used though IndexedDB does not answer', async () => {
  const cookies = { ...cookieTransport('/auth'), answerTokens: transport.answerTokens }
  const fetch = () => Promise.resolve(new Response(null, { headers: { 'x-next': 'second' } }))
  const browser = createVirtualBrowser({ session: { transport: cookies, fetch } })
  const { session } = browser.openTab()
  await session.login({ access_token: 'first', sid: 'sid-1' })
  browser.faults.record = 'rejects'
  await session.authFetch('/api/notes')
  await browser.settle()
  expect(await session.getAccessToken()).toBe('second')
})
