import { beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { AuthRequestInit } from '../../../src/index.ts'
import { BODIES, BYTES, formData, REQUESTS } from '../../support/bodies.ts'
import { refusal, tokenOf } from '../../support/backend.ts'
import { startEchoServer, type EchoServer } from '../../support/echo-server.ts'
import { settle } from '../../support/settle.ts'
import { json } from '../../support/fake-server.ts'
import { rejection, signIn, signInTo, type SignedIn } from '../../support/signed-in.ts'

// Stories 27, 28, 32 of test/README.md: what a request is made of survives, twice.

let api: EchoServer
let page: SignedIn

beforeAll(async () => {
  api = await startEchoServer()
  return () => api.close()
})

beforeEach(async () => {
  page = await signInTo(api.origin)
  api.take()
  api.answer()
})

const url = (): string => `${api.origin}/notes`
const post = (init: AuthRequestInit): Promise<Response> =>
  page.session.authFetch(url(), { method: 'POST', ...init })

test.each(BODIES)('%s is repeated byte for byte', async (_, body, expected) => {
  api.answer(401)
  expect((await post({ body: body() })).status).toBe(200)
  const [first, second, ...more] = api.take()
  expect(more).toEqual([])
  expect(first?.body.equals(Buffer.from(expected))).toBe(true)
  expect(second?.body.equals(Buffer.from(expected))).toBe(true)
  expect(second?.headers['content-type']).toBe(first?.headers['content-type'])
  expect(second?.headers['content-length']).toBe(first?.headers['content-length'])
  expect([first, second].map((seen) => seen?.headers['authorization'])).toEqual([
    'Bearer secret-access-1',
    'Bearer secret-access-2',
  ])
})

test('FormData with files is repeated part for part', async () => {
  api.answer(401)
  expect((await post({ body: formData() })).status).toBe(200)
  const received = api.take()
  expect(received).toHaveLength(2)
  for (const { headers, body } of received) {
    const type = String(headers['content-type'])
    expect(type).toMatch(/^multipart\/form-data; boundary=/)
    const form = await new Response(Uint8Array.from(body), {
      headers: { 'content-type': type },
    }).formData()
    expect([...form.keys()]).toEqual(['title', 'file', 'file'])
    expect(form.get('title')).toBe('Grüße, 世界')
    const [file, second] = form.getAll('file') as [File, File]
    expect(file.type).toBe('application/x-bytes')
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(BYTES)
    expect(await second.text()).toBe('second')
  }
})

test.each([
  ...REQUESTS,
  [
    'a stream',
    () => ({ body: new Blob([BYTES]).stream(), duplex: 'half' }) as RequestInit,
  ] as const,
])('a Request with %s is repeated through a clone, boundary and all', async (_, init) => {
  const request = new Request(url(), { method: 'PUT', ...init() })
  const expected = Buffer.from(await request.clone().arrayBuffer())
  api.answer(401)
  expect((await page.session.authFetch(request)).status).toBe(200)
  const [first, second] = api.take()
  expect([first?.method, second?.method]).toEqual(['PUT', 'PUT'])
  expect(first?.body.equals(expected)).toBe(true)
  expect(second?.body.equals(expected)).toBe(true)
  expect(second?.headers['content-type']).toBe(first?.headers['content-type'])
  expect(first?.headers['content-type']).toBe(request.headers.get('content-type') ?? undefined)
})

test('a Request whose body init replaces is repeated with that of init', async () => {
  const request = new Request(url(), { method: 'POST', body: 'of the request' })
  api.answer(401)
  await page.session.authFetch(request, { body: 'of init' })
  expect(api.take().map(({ body }) => String(body))).toEqual(['of init', 'of init'])
})

test('a Request without a body is repeated, and left as usable as fetch leaves it', async () => {
  const request = new Request(url(), { headers: { 'x-a': '1' } })
  api.answer(401)
  await page.session.authFetch(request)
  await page.session.authFetch(request)
  expect(api.take().map(({ headers }) => headers['x-a'])).toEqual(['1', '1', '1'])
  expect(request.headers.has('authorization')).toBe(false)
})

test('a Request is used up by authFetch as it is by fetch', async () => {
  const request = new Request(url(), { method: 'POST', body: 'x' })
  await page.session.authFetch(request)
  expect(request.bodyUsed).toBe(true)
  expect(await rejection(page.session.authFetch(request))).toBeInstanceOf(TypeError)
})

test.each([
  ['that may be repeated is copied', {}, 1],
  ['that is not to be repeated is not copied', { replay: false }, 0],
])('a Request %s: its body can be read once', async (_, init, copies) => {
  const clone = vi.spyOn(Request.prototype, 'clone')
  onTestFinished(() => clone.mockRestore())
  const request = new Request(url(), { method: 'POST', body: 'x' })
  expect((await page.session.authFetch(request, init)).status).toBe(200)
  expect(clone).toHaveBeenCalledTimes(copies)
})

// One-shot streams.

/** A stream that can be read once, and how often that was tried. */
function stream(): { readonly body: ReadableStream; readonly reads: () => number } {
  let reads = 0
  const body = new ReadableStream({
    pull(controller) {
      reads++
      controller.enqueue(new TextEncoder().encode('streamed'))
      controller.close()
    },
  })
  return { body, reads: () => reads }
}

const upload = (body: ReadableStream): Promise<Response> =>
  post({ body, duplex: 'half' } as AuthRequestInit)

test('a stream is sent once: its 401 is returned as it is, and renews for the next', async () => {
  const { body, reads } = stream()
  api.answer(401)
  const answer = await upload(body)
  expect(answer.status).toBe(401)
  expect(await answer.json()).toEqual({ status: 401 })
  expect(api.take().map((received) => String(received.body))).toEqual(['streamed'])
  expect(reads()).toBe(1)
  await settle()
  expect(page.backend.refreshes()).toBe(1)
  await post({ body: 'next' })
  expect(api.take()[0]?.headers['authorization']).toBe('Bearer secret-access-2')
})

test('a stream is not sent with a token that is aging: that is renewed beforehand', async () => {
  page.clock.sleep(550_000)
  expect((await upload(stream().body)).status).toBe(200)
  expect(api.take().map(({ headers }) => headers['authorization'])).toEqual([
    'Bearer secret-access-2',
  ])
})

test.each([
  ['at once', 0],
  // G4: the last look is too long ago.
  ['after a look at the record', 20_000],
])('a stream with a fresh token is sent %s, and costs no renewal', async (_, quietMs) => {
  page.clock.sleep(quietMs)
  expect((await upload(stream().body)).status).toBe(200)
  expect(page.backend.refreshes()).toBe(0)
})

test('if the aging token cannot be renewed now, a stream goes out with it after all', async () => {
  page.backend.route('/auth/refresh', () => json({}, 503, { 'retry-after': '60' }))
  page.clock.sleep(550_000)
  expect((await upload(stream().body)).status).toBe(200)
  expect(api.take()[0]?.headers['authorization']).toBe('Bearer secret-access-1')
})

test('if the server will not renew it any more, a stream still goes out with what the API takes', async () => {
  page.backend.route('/auth/refresh', () => json({ error: 'invalid_grant' }, 400))
  page.clock.sleep(550_000)
  const answers = [upload(stream().body)]
  await page.clock.advance(2_000)
  answers.push(upload(stream().body))
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200])
  expect(page.session.state.status).toBe('logged-in')
})

test('if the aging token has expired while a stream waited, it does not go out with it', async () => {
  page.backend.route('/auth/refresh', () => Promise.reject(new TypeError('offline')))
  page.clock.sleep(590_000)
  const failing = rejection(upload(stream().body))
  await page.clock.advance(15_000)
  expect(await failing).toMatchObject({ code: 'refresh_unavailable' })
  expect(api.take()).toEqual([])
})

// Every field survives, both times.

const FIELDS = {
  method: 'PUT',
  mode: 'same-origin',
  cache: 'no-store',
  redirect: 'manual',
  integrity: 'sha256-abc',
  keepalive: true,
  referrer: '',
  referrerPolicy: 'no-referrer',
  credentials: 'omit',
} as const

test('every field of init reaches fetch, in the first request and in the repeated one', async () => {
  const inits: RequestInit[] = []
  const { session } = await signIn({
    fetch: (input, init = {}) => {
      if (input === 'https://app.test/auth/refresh')
        return Promise.resolve(json({ access_token: 'secret-new' }))
      inits.push(init)
      return Promise.resolve(inits.length === 1 ? refusal() : json([]))
    },
  })
  const all = { ...FIELDS, priority: 'high', duplex: 'half', window: null, body: 'x', later: 1 }
  await session.authFetch('/api/notes', all as AuthRequestInit)
  expect(inits).toHaveLength(2)
  for (const init of inits) {
    expect(init).toMatchObject(all)
    expect(Object.keys(init).sort()).toEqual([...Object.keys(all), 'headers', 'signal'].sort())
  }
})

test.each([
  ['replay', { replay: true }],
  ['park', { park: false }],
] as const)('`%s` is not passed on to fetch', async (name, init) => {
  const { session, backend } = await signIn()
  await session.authFetch('/api/notes', init)
  expect(backend.seenAt('/api/notes')[0]?.init).not.toHaveProperty(name)
})

test('every field of a Request reaches fetch, in the first request and in the repeated one', async () => {
  const requests: Request[] = []
  const { session } = await signIn({
    fetch: (input, init = {}) => {
      if (input === 'https://app.test/auth/refresh')
        return Promise.resolve(json({ access_token: 'secret-new' }))
      // As fetch itself begins (Fetch §5.6).
      requests.push(new Request(input, init))
      return Promise.resolve(requests.length === 1 ? refusal() : json([]))
    },
  })
  const given = new Request('https://app.test/api/notes', { ...FIELDS, body: 'x' })
  // Node.js forgets the referrer of a Request that is built from another; test/browser/replay.test.ts has it in browsers.
  const { referrer: kept, referrerPolicy: keptPolicy } = new Request(given.clone())
  await session.authFetch(given)
  expect(requests).toHaveLength(2)
  for (const request of requests) {
    const { method, mode, cache, redirect, integrity, keepalive } = request
    const { referrer, referrerPolicy, credentials } = request
    expect({
      method,
      mode,
      cache,
      redirect,
      integrity,
      keepalive,
      referrer,
      referrerPolicy,
      credentials,
    }).toEqual({ ...FIELDS, referrer: kept, referrerPolicy: keptPolicy })
    expect(await request.text()).toBe('x')
  }
})

test('init decides before a Request where both say something', async () => {
  const requests: Request[] = []
  const { session } = await signIn({
    fetch: (input, init = {}) => {
      requests.push(new Request(input, init))
      return Promise.resolve(json([]))
    },
  })
  const request = new Request('https://app.test/api/notes', FIELDS)
  await session.authFetch(request, { referrerPolicy: 'origin', cache: 'reload', method: 'DELETE' })
  expect(requests[0]).toMatchObject({
    method: 'DELETE',
    cache: 'reload',
    referrerPolicy: 'origin',
    redirect: 'manual',
  })
})

test('a repeated request keeps the headers of its caller', async () => {
  const { session, backend } = await signIn()
  backend.refuseIssued()
  await session.authFetch('/api/notes', {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'mine' },
  })
  const seen = backend.seenAt('/api/notes')
  expect(seen.map(tokenOf)).toEqual(['secret-access-1', 'secret-access-2'])
  expect(seen.map(({ headers }) => headers.get('idempotency-key'))).toEqual(['mine', 'mine'])
  expect(seen.map(({ headers }) => headers.get('content-type'))).toEqual([
    'application/json',
    'application/json',
  ])
})
