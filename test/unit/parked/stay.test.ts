import { expect, test } from 'vitest'
import { idleTimeout, stay, type AuthRequestInit, type StayOptions } from '../../../src/index.ts'
import type { SessionOptions } from '../../../src/options.ts'
import type { VirtualTab } from '../../../src/testing/virtual-tab.ts'
import { gate } from '../../support/fake-server.ts'
import { createNotesApi, type NotesApi } from '../../support/notes-api.ts'
import { createProfile, type Profile } from '../../support/profile.ts'
import { rejection } from '../../support/signed-in.ts'

const IDLE_MS = 120_000
const MINUTE_MS = 60_000

interface Page {
  readonly profile: Profile
  readonly tab: VirtualTab
  readonly api: NotesApi
  openTab(options?: Partial<SessionOptions>): Promise<VirtualTab>
  /** The user is away until the session ends. */
  beIdle(): Promise<void>
  signIn(subject?: string, by?: VirtualTab): Promise<void>
}

/** A page in which Alice is signed in. */
async function openPage(
  options: StayOptions = {},
  session: Partial<SessionOptions> = {},
): Promise<Page> {
  const profile = createProfile({
    idle: idleTimeout({ afterMs: IDLE_MS }),
    onEnd: stay(options),
    ...session,
  })
  const api = createNotesApi(profile.server.fetch)
  const openTab: Page['openTab'] = (more) => profile.openTab({ fetch: api.fetch, ...more })
  const tab = await openTab()
  const page: Page = {
    ...{ profile, tab, api, openTab },
    beIdle: () => profile.browser.advance(IDLE_MS + 1_000),
    async signIn(subject = 'alice', by = tab) {
      await by.session.login(profile.browser.signIn(subject))
      await profile.browser.settle()
    },
  }
  await page.signIn()
  return page
}

const post = (tab: VirtualTab, path: string, body: string, init: AuthRequestInit = {}) =>
  tab.session.authFetch(path, { method: 'POST', body, ...init })

test('a write that is made after the end waits, and is sent when its user signs in again', async () => {
  const { tab, api, beIdle, signIn } = await openPage()
  await beIdle()
  expect(tab.session.state).toMatchObject({
    status: 'logged-out',
    parked: 0,
    cover: { reason: 'idle' },
  })
  const saved = post(tab, '/api/a', 'typed')
  expect(tab.session.state.parked).toBe(1)
  expect(api.log).toEqual([])

  await signIn()
  expect((await saved).status).toBe(200)
  expect(api.log).toEqual(['POST /api/a alice: typed'])
  expect(tab.session.state).toMatchObject({ status: 'logged-in', parked: null, cover: null })
})

test('subscribers are told how many calls wait', async () => {
  const { tab, beIdle, signIn, profile } = await openPage()
  await beIdle()
  const told: unknown[] = []
  tab.session.subscribe(() => told.push(tab.session.state.parked))
  void post(tab, '/api/a', '1')
  await profile.browser.settle()
  void post(tab, '/api/b', '2')
  await profile.browser.settle()
  await signIn()
  expect(told.slice(0, 2)).toEqual([1, 2])
  expect(told.at(-1)).toBeNull()
})

test('without stay a call after the end goes out as it did', async () => {
  const { tab, api, beIdle } = await openPage({}, { onEnd: undefined })
  await beIdle()
  expect(tab.session.state).toMatchObject({ parked: null, cover: null })
  expect((await post(tab, '/api/a', 'typed')).status).toBe(401)
  expect(api.log).toEqual(['POST /api/a nobody: typed'])
})

test('a sign-in in another tab sends what waits in this one', async () => {
  const { tab, api, openTab, beIdle, signIn } = await openPage()
  const other = await openTab()
  await beIdle()
  const saved = [post(tab, '/api/a', 'here'), post(other, '/api/b', 'there')]
  await signIn('alice', other)
  expect((await Promise.all(saved)).map(({ status }) => status)).toEqual([200, 200])
  expect([...api.log].sort()).toEqual(['POST /api/a alice: here', 'POST /api/b alice: there'])
})

test('reads go out at once, writes one after the other in the order of the calls', async () => {
  const { tab, api, beIdle, signIn, profile } = await openPage()
  await beIdle()
  const first = gate()
  api.next('/api/a', async () => {
    await first.promise
    return new Response()
  })
  const calls = [
    post(tab, '/api/a', '1'),
    tab.session.authFetch('/api/read'),
    post(tab, '/api/b', '2'),
    tab.session.authFetch('/api/c', { method: 'DELETE' }),
    tab.session.authFetch('/api/read/more'),
  ]
  await signIn()
  expect(new Set(api.log)).toEqual(
    new Set(['POST /api/a alice: 1', 'GET /api/read alice', 'GET /api/read/more alice']),
  )
  expect(tab.session.state.parked).toBe(2)
  // Made now, and behind those that were made before.
  calls.push(post(tab, '/api/d', '3'))
  calls.push(tab.session.authFetch('/api/now'))
  await profile.browser.settle()
  expect(api.log.at(-1)).toBe('GET /api/now alice')

  first.open()
  await Promise.all(calls)
  expect(api.log.filter((line) => !line.startsWith('GET'))).toEqual([
    'POST /api/a alice: 1',
    'POST /api/b alice: 2',
    'DELETE /api/c alice',
    'POST /api/d alice: 3',
  ])
})

test('when another user signs in, each call rejects once, and nothing is sent under that name', async () => {
  const { tab, api, beIdle, signIn } = await openPage()
  await beIdle()
  const outcomes = [post(tab, '/api/a', 'typed'), tab.session.authFetch('/api/read')].map(rejection)
  await signIn('bob')
  expect(await Promise.all(outcomes)).toMatchObject([
    { code: 'session_changed' },
    { code: 'session_changed' },
  ])
  expect(api.log).toEqual([])
  // The page that Alice has left is not Bob's.
  expect(tab.session.state).toMatchObject({
    status: 'logged-in',
    subject: 'bob',
    parked: null,
    cover: { reason: 'idle', subject: 'alice' },
  })
})

test('the page that another user has come upon is uncovered for its own user alone', async () => {
  const { tab, beIdle, signIn } = await openPage()
  await beIdle()
  await signIn('bob')
  await tab.session.logout()
  expect(tab.session.state.cover).toMatchObject({ reason: 'idle' })
  await signIn('alice')
  expect(tab.session.state.cover).toBeNull()
})

test('after a logout nothing waits', async () => {
  const { tab, api } = await openPage()
  await tab.session.logout()
  expect(tab.session.state).toMatchObject({ parked: null, cover: null })
  expect((await post(tab, '/api/a', 'typed')).status).toBe(401)
  expect(api.log).toEqual(['POST /api/a nobody: typed'])
})

test('a logout in another tab, or one that follows the end, gives up what waits in all tabs', async () => {
  const { tab, openTab, beIdle, signIn, api, profile } = await openPage()
  const other = await openTab()
  await beIdle()
  const outcomes = [post(tab, '/api/a', 'here'), post(other, '/api/b', 'there')].map(rejection)
  expect(await other.session.logout()).toEqual({ server: 'nothing-to-tell' })
  await profile.browser.settle()
  expect(await Promise.all(outcomes)).toMatchObject([
    { code: 'session_ended', reason: 'logout' },
    { code: 'session_ended', reason: 'logout' },
  ])
  for (const { session } of [tab, other])
    expect(session.state).toMatchObject({
      parked: null,
      end: { reason: 'logout' },
      cover: { reason: 'idle' },
    })
  expect(await tab.session.takeLastEnd()).toMatchObject({ reason: 'logout' })
  // What is not wanted any more stays unsent.
  await signIn()
  expect(api.log).toEqual([])
  expect(tab.session.state.cover).toBeNull()
  expect(other.session.state.cover).toBeNull()
})

test('what waits is given up in time, though the computer sleeps meanwhile', async () => {
  const { tab, api, beIdle, signIn, profile } = await openPage({ withinMs: 10 * MINUTE_MS })
  await beIdle()
  const outcome = rejection(post(tab, '/api/a', 'typed'))
  await profile.browser.advance(9 * MINUTE_MS)
  expect(tab.session.state.parked).toBe(1)
  profile.clock.sleep(2 * MINUTE_MS)
  await signIn()
  expect(await outcome).toMatchObject({ code: 'session_ended', reason: 'idle' })
  expect(api.log).toEqual([])
  // The page is still its user's.
  expect(tab.session.state).toMatchObject({ status: 'logged-in', parked: null, cover: null })
})

test('after that time calls go out as they would without stay, and the page stays covered', async () => {
  const { tab, api, beIdle, profile } = await openPage({ withinMs: MINUTE_MS })
  await beIdle()
  await profile.browser.advance(2 * MINUTE_MS)
  expect(tab.session.state).toMatchObject({ parked: null, cover: { reason: 'idle' } })
  expect((await post(tab, '/api/a', 'typed')).status).toBe(401)
  expect(api.log).toEqual(['POST /api/a nobody: typed'])
})

test('calls beyond the bounds reject, and those that wait go on to wait', async () => {
  const { tab, api, beIdle, signIn } = await openPage({ maxRequests: 3, maxBytes: 10 })
  await beIdle()
  const kept = post(tab, '/api/a', '12345')
  for (const body of [
    '678901',
    new Blob(['678901']),
    new Uint8Array(6),
    new URLSearchParams('a=7890'),
  ])
    expect(
      await rejection(tab.session.authFetch('/api/b', { method: 'POST', body })),
    ).toMatchObject({
      code: 'session_ended',
      message: expect.stringMatching(/too large/) as string,
    })
  const request = new Request('https://app.test/api/b', { method: 'POST', body: '678901' })
  expect(await rejection(tab.session.authFetch(request))).toMatchObject({ code: 'session_ended' })
  const others = [post(tab, '/api/c', '67890'), tab.session.authFetch('/api/read')]
  expect(await rejection(tab.session.authFetch('/api/read'))).toMatchObject({
    message: expect.stringContaining('too many') as string,
  })
  await signIn()
  await Promise.all([kept, ...others])
  expect(api.received).toHaveLength(3)
})

test('a stream never waits', async () => {
  const { tab, api, beIdle } = await openPage()
  await beIdle()
  const body = new ReadableStream({ start: (controller) => controller.close() })
  const init = { method: 'POST', body, duplex: 'half' } as RequestInit
  expect(await rejection(tab.session.authFetch('/api/a', init))).toMatchObject({
    code: 'session_ended',
  })
  expect(api.log).toEqual([])
})

test('bodies of every kind are sent as they were when the call was made', async () => {
  const { tab, api, beIdle, signIn } = await openPage()
  await beIdle()
  const bytes = new TextEncoder().encode('bytes')
  const form = new FormData()
  form.set('file', new File(['contents'], 'file.txt', { type: 'text/plain' }))
  const query = new URLSearchParams({ a: '1' })
  const sent = [
    post(tab, '/api/text', 'text'),
    ...[bytes, new Blob(['blob'], { type: 'text/x-blob' }), query, form].map((body) =>
      tab.session.authFetch('/api/body', { method: 'POST', body }),
    ),
    tab.session.authFetch(
      new Request('https://app.test/api/request', { method: 'PUT', body: 'request' }),
    ),
  ]
  bytes.fill(0)
  form.delete('file')
  query.set('a', '2')
  await signIn()
  await Promise.all(sent)
  expect(api.received.map(({ body }) => body)).toEqual([
    'text',
    'bytes',
    'blob',
    'a=1',
    expect.stringContaining('contents'),
    'request',
  ])
  expect(api.received.map(({ headers }) => headers.get('content-type'))).toEqual([
    'text/plain;charset=UTF-8',
    null,
    'text/x-blob',
    'application/x-www-form-urlencoded;charset=UTF-8',
    expect.stringContaining('multipart/form-data; boundary='),
    'text/plain;charset=UTF-8',
  ])
})

test('a failed write has those behind it wait for the word of the application', async () => {
  const word = gate()
  const failures: unknown[] = []
  const { tab, api, beIdle, signIn, profile } = await openPage({
    async onWriteFailed(failed) {
      failures.push(failed)
      await word.promise
      return true
    },
  })
  await beIdle()
  api.next('/api/b', () => new Response(null, { status: 412 }))
  const [, second, third] = ['a', 'b', 'c'].map((name) => post(tab, `/api/${name}`, name))
  await signIn()
  expect((await second)?.status).toBe(412)
  expect(failures).toEqual([{ method: 'POST', url: '/api/b', status: 412, waiting: 1 }])
  await profile.browser.settle()
  expect(api.log).toEqual(['POST /api/a alice: a', 'POST /api/b alice: b'])
  expect(tab.session.state.parked).toBe(1)
  expect((await tab.session.authFetch('/api/read')).status).toBe(200)

  word.open()
  expect((await third)?.status).toBe(200)
})

test.each([
  ['says no', () => false],
  ['is not asked', undefined],
  [
    'throws',
    () => {
      throw new Error('of the application')
    },
  ],
])('the writes behind a failed one reject if the application %s', async (name, onWriteFailed) => {
  const { tab, api, beIdle, signIn, profile } = await openPage({ onWriteFailed })
  await beIdle()
  api.next('/api/a', () => Promise.reject(new TypeError('offline')))
  const outcomes = ['a', 'b', 'c'].map((path) => rejection(post(tab, `/api/${path}`, path)))
  const read = tab.session.authFetch('/api/read')
  await signIn()
  expect(await Promise.all(outcomes)).toMatchObject([
    { message: 'offline' },
    { code: 'session_ended' },
    { code: 'session_ended' },
  ])
  expect((await read).status).toBe(200)
  expect(tab.reported).toHaveLength(name === 'throws' ? 1 : 0)
  await profile.browser.settle()
  expect(tab.session.state.parked).toBeNull()
  expect((await post(tab, '/api/d', 'd')).status).toBe(200)
})

test('a word that never comes is waited for no longer than calls wait', async () => {
  const { tab, api, beIdle, signIn, profile } = await openPage({
    withinMs: 10 * MINUTE_MS,
    onWriteFailed: () => new Promise(() => undefined),
  })
  await beIdle()
  api.next('/api/a', () => new Response(null, { status: 500 }))
  const first = post(tab, '/api/a', '1')
  const second = rejection(post(tab, '/api/b', '2'))
  await signIn()
  expect((await first).status).toBe(500)
  for (let half = 0; half < 20; half++) {
    tab.session.reportActivity()
    await profile.browser.advance(MINUTE_MS / 2)
  }
  expect(await second).toMatchObject({ code: 'session_ended' })
})

test('a call that was refused because the session was over waits, whatever its method', async () => {
  const { tab, api, profile, signIn } = await openPage()
  const answered = new Promise<void>((resolve) => {
    api.next('/api/a', () => {
      profile.server.revoke(String(tab.session.state.claims?.['sid']))
      resolve()
      return new Response(null, { status: 401 })
    })
  })
  const saved = post(tab, '/api/a', 'typed')
  await answered
  await profile.browser.advance(5_000)
  expect(tab.session.state).toMatchObject({
    parked: 1,
    cover: { reason: 'revoked' },
  })
  await signIn()
  expect((await saved).status).toBe(200)
  expect(api.log).toEqual(['POST /api/a alice: typed', 'POST /api/a alice: typed'])
})

test.each<[string, AuthRequestInit, Partial<SessionOptions>]>([
  ['its caller', { replay: false }, {}],
  ['the application', {}, { shouldReplay: ({ method }) => method !== 'POST' }],
])('a refused call that %s wants sent only once does not wait', async (_, init, options) => {
  const over = gate()
  const { tab, api, beIdle, signIn } = await openPage(
    {},
    {
      ...options,
      async judgeResponse({ status }) {
        if (status !== 401) return 'ok'
        await over.promise
        return 'renew'
      },
    },
  )
  for (const path of ['/api/a', '/api/b']) {
    api.next(path, () => new Response(null, { status: 401 }))
  }
  const once = rejection(post(tab, '/api/a', 'typed', init))
  const repeatable = tab.session.authFetch('/api/b', { method: 'PUT' })
  await beIdle()
  over.open()
  expect(await once).toMatchObject({ code: 'session_ended', reason: 'idle' })
  await signIn()
  expect((await repeatable).status).toBe(200)
  expect(api.log.at(-1)).toBe('PUT /api/b alice')
})

test('a call that the end has cut off waits only if it is safe to repeat', async () => {
  const { tab, api, beIdle, signIn } = await openPage()
  const never = () => new Promise<Response>(() => undefined)
  for (const path of ['/api/read', '/api/keyed', '/api/write']) api.next(path, never)
  const read = tab.session.authFetch('/api/read')
  const keyed = post(tab, '/api/keyed', 'k', { headers: { 'idempotency-key': '"1"' } })
  const write = rejection(post(tab, '/api/write', 'w'))
  await beIdle()
  expect(await write).toMatchObject({ code: 'session_ended', reason: 'idle' })
  expect(tab.session.state.parked).toBe(2)
  await signIn()
  expect((await read).status).toBe(200)
  expect((await keyed).status).toBe(200)
  expect(api.log.filter((line) => line.includes('write'))).toHaveLength(1)
})

test.each<[string, AuthRequestInit, Partial<SessionOptions>]>([
  ['is not safe to repeat', {}, {}],
  ['is not to be repeated', { replay: false }, {}],
  ['the application would not repeat', {}, { shouldReplay: () => false }],
])('a write that was not sent before the end waits, even one that %s', async (_, init, options) => {
  const { profile, tab, api, signIn } = await openPage(
    {},
    { idle: idleTimeout({ afterMs: 60 * MINUTE_MS }), ...options },
  )
  await profile.expire()
  profile.server.next('/auth/refresh', () =>
    Response.json({ error: 'session_revoked' }, { status: 401 }),
  )
  const write = post(tab, '/api/write', 'w', init)
  await profile.browser.advance(2_000)
  expect(tab.session.state).toMatchObject({ status: 'logged-out', parked: 1 })
  await signIn()
  expect((await write).status).toBe(200)
  expect(api.log).toEqual(['POST /api/write alice: w'])
})

test('a write that was answered, and whose answer was still judged at the end, is not sent again', async () => {
  const judged = gate<'ok'>()
  const { tab, api, beIdle, signIn } = await openPage({}, { judgeResponse: () => judged.promise })
  const write = rejection(post(tab, '/api/write', 'w'))
  await beIdle()
  judged.open('ok')
  expect(await write).toMatchObject({ code: 'session_ended', reason: 'idle' })
  await signIn()
  expect(api.log).toEqual(['POST /api/write alice: w'])
})

test('calls of before and after the end are sent in the order in which they were made', async () => {
  const { tab, api, beIdle, signIn } = await openPage()
  api.next('/api/a', () => new Promise<Response>(() => undefined))
  const first = post(tab, '/api/a', '1', { headers: { 'idempotency-key': '"1"' } })
  let second: Promise<Response> | undefined
  tab.session.on('ended', () => {
    second = post(tab, '/api/b', '2')
  })
  await beIdle()
  await signIn()
  await Promise.all([first, second])
  expect(api.log.slice(1)).toEqual(['POST /api/a alice: 1', 'POST /api/b alice: 2'])
})

test('the function of a call says whether it still makes sense', async () => {
  const { tab, api, beIdle, signIn } = await openPage()
  await beIdle()
  const call = (path: string, park: () => boolean | Promise<boolean>) =>
    tab.session.authFetch(path, { method: 'POST', park })
  const kept = call('/api/a', () => Promise.resolve(true))
  const gone = rejection(call('/api/b', () => false))
  const broken = rejection(
    call('/api/c', () => {
      throw new Error('of the application')
    }),
  )
  await signIn()
  expect((await kept).status).toBe(200)
  expect(await gone).toMatchObject({ code: 'session_ended' })
  expect(await broken).toMatchObject({ message: 'of the application' })
  expect(api.log).toEqual(['POST /api/a alice'])
})

test('a call with park: false never waits', async () => {
  const { tab, api, beIdle } = await openPage()
  await beIdle()
  expect((await tab.session.authFetch('/api/poll', { park: false })).status).toBe(401)
  expect(api.log).toEqual(['GET /api/poll nobody'])
})

test('a call to another origin, and one that fetch refuses, do not wait', async () => {
  const { tab, beIdle } = await openPage()
  await beIdle()
  const wrong = tab.session.authFetch('/api/a', { method: 'GET', body: 'none' })
  expect(await rejection(wrong)).toBeInstanceOf(TypeError)
  expect(tab.session.state.parked).toBe(0)
})

test("a caller's abort ends its wait", async () => {
  const { tab, api, beIdle, signIn } = await openPage()
  await beIdle()
  const abort = new AbortController()
  const outcome = rejection(post(tab, '/api/a', 'typed', { signal: abort.signal }))
  const reason = new Error('not any more')
  abort.abort(reason)
  expect(await outcome).toBe(reason)
  expect(tab.session.state.parked).toBe(0)
  await signIn()
  expect(api.log).toEqual([])
})

test('a session that ends again while calls are sent has the others wait again', async () => {
  const { tab, api, beIdle, signIn } = await openPage()
  await beIdle()
  api.next('/api/a', () => new Promise<Response>(() => undefined))
  const first = rejection(post(tab, '/api/a', '1'))
  const second = rejection(post(tab, '/api/b', '2'))
  await signIn()
  expect(tab.session.state.parked).toBe(1)
  await beIdle()
  // Cut off: the server may have acted on it.
  expect(await first).toMatchObject({ code: 'session_ended' })
  await signIn()
  // The application was not asked, so what is behind a failed write is not sent.
  expect(await second).toMatchObject({ code: 'session_ended' })
  expect(api.log).toEqual(['POST /api/a alice: 1'])
})

test('a disposed session gives up what waits', async () => {
  const { tab, beIdle } = await openPage()
  await beIdle()
  const outcome = rejection(post(tab, '/api/a', 'typed'))
  tab.session.dispose()
  expect(await outcome).toMatchObject({ code: 'disposed' })
})

test('a page that was opened after the end has nothing that could wait', async () => {
  const { api, openTab, beIdle } = await openPage()
  await beIdle()
  const late = await openTab()
  expect(late.session.state).toMatchObject({ status: 'logged-out', parked: null, cover: null })
  expect((await post(late, '/api/a', 'typed')).status).toBe(401)
  expect(api.log).toEqual(['POST /api/a nobody: typed'])
})
