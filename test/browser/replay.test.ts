import type { IncomingMessage, ServerResponse } from 'node:http'
import { createHash } from 'node:crypto'
import type { Page } from './engines/tab.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { BODIES, BYTES, REQUESTS } from '../support/bodies.ts'
import { startEchoServer, type EchoServer, type Received } from '../support/echo-server.ts'
import { launchBrowser } from './engines/browser.ts'
import { ODD_CALLS } from '../support/odd-calls.ts'
import type { Outcome } from './support/replay-page.ts'
import { fixture } from './support/serve-page.ts'

// Stories 27, 31, 32 of test/README.md: ,  in a browser: what Chromium makes of a call that is sent twice, over the wire.

let api: EchoServer
let elsewhere: EchoServer
/** A page of the API's own origin, and one of another, which trusts the API with its token. */
let page: Page
let stranger: Page
/** The number of the token that both APIs are shown next. */
let token = 0
const undo: (() => Promise<void>)[] = []

beforeAll(async () => {
  const html = await fixture('replay-page.ts')
  elsewhere = await startEchoServer(allowEverybody)
  api = await startEchoServer((request, response) => {
    allowEverybody(request, response)
    if (response.writableEnded) return
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/') response.setHeader('content-type', 'text/html').end(html)
    if (pathname === '/auth/refresh')
      response.end(JSON.stringify({ access_token: `secret-${String(++token)}` }))
    if (pathname === '/moved')
      response
        .writeHead(Number(searchParams.get('status')), { location: `${elsewhere.origin}/landed` })
        .end()
  })
  const browser = await launchBrowser({ onFinished: (end) => undo.push(end) })
  undo.push(api.close, elsewhere.close)
  page = (await browser.open(`${api.origin}/`)).page
  const another = api.origin.replace('127.0.0.1', 'localhost')
  stranger = (await browser.open(`${another}/?trusted=${api.origin}`)).page
  for (const each of [page, stranger]) await each.evaluate(() => window.logIn())
  await page.evaluate(() => (document.cookie = 'own=cookie'))
})

afterAll(async () => {
  for (const end of undo) await end()
})

beforeEach(() => {
  api.take()
  elsewhere.take()
  api.answer()
})

function allowEverybody({ method, headers }: IncomingMessage, response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', headers.origin ?? '*')
  response.setHeader('access-control-allow-headers', 'authorization')
  if (method === 'OPTIONS') response.end()
}

/** The two requests of a call whose first answer was a 401. */
function twoOf(received: readonly Received[]): readonly [Received, Received] {
  const [first, second, ...more] = received
  if (!first || !second) throw new Error(`Sent ${String(received.length)} times`)
  expect(more).toEqual([])
  expect([first, second].map(({ headers }) => headers['authorization'])).toEqual([
    `Bearer secret-${String(token - 1)}`,
    `Bearer secret-${String(token)}`,
  ])
  return [first, second]
}

const post = (body: string) =>
  page.evaluate((...args) => window.post(...args), `${api.origin}/notes`, body)

test.each(BODIES)('%s is repeated byte for byte', async (name, _, expected) => {
  api.answer(401)
  expect(await post(name)).toMatchObject({ status: 200 })
  const [first, second] = twoOf(api.take())
  expect(first.body.equals(Buffer.from(expected))).toBe(true)
  expect(second.body.equals(Buffer.from(expected))).toBe(true)
  expect(second.headers['content-type']).toBe(first.headers['content-type'])
  expect(second.headers['content-length']).toBe(first.headers['content-length'])
})

test('FormData with files is repeated part for part', async () => {
  api.answer(401)
  expect(await post('FormData')).toMatchObject({ status: 200 })
  for (const { headers, body } of twoOf(api.take())) {
    const type = { 'content-type': String(headers['content-type']) }
    const form = await new Response(Uint8Array.from(body), { headers: type }).formData()
    expect([...form.keys()]).toEqual(['title', 'file', 'file'])
    expect(form.get('title')).toBe('Grüße, 世界')
    const [file, second] = form.getAll('file') as [File, File]
    expect(file.type).toBe('application/x-bytes')
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(BYTES)
    expect(await second.text()).toBe('second')
  }
})

test.each(REQUESTS)('a Request with %s is repeated through a clone', async (name) => {
  api.answer(401)
  const answer = await page.evaluate((...args) => window.put(...args), `${api.origin}/notes`, name)
  expect(answer).toMatchObject({ status: 200 })
  const [first, second] = twoOf(api.take())
  expect([first.method, second.method]).toEqual(['PUT', 'PUT'])
  expect(first.body.length).toBeGreaterThan(0)
  expect(second.body.equals(first.body)).toBe(true)
  expect(second.headers['content-type']).toBe(first.headers['content-type'])
})

type Init = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> }

/** Fields of init that can be seen on the wire, or in what becomes of the call. */
const INITS: Readonly<Record<string, Init>> = {
  method: { method: 'DELETE' },
  headers: { headers: { 'x-own': 'mine', 'idempotency-key': 'k' } },
  'cache: no-store': { cache: 'no-store' },
  'credentials: omit': { credentials: 'omit' },
  'credentials: include': { credentials: 'include' },
  'mode: same-origin': { mode: 'same-origin' },
  referrer: { referrer: '/from-here' },
  'referrerPolicy: no-referrer': { referrerPolicy: 'no-referrer' },
  'referrerPolicy: origin': { referrerPolicy: 'origin' },
  'integrity of the refusal alone': { integrity: integrity({ status: 401 }) },
  'keepalive, with more than that may carry': { method: 'POST', keepalive: true, body: text() },
}

function integrity(answer: unknown): string {
  return `sha256-${createHash('sha256').update(JSON.stringify(answer)).digest('base64')}`
}

/** Chromium takes 64 KiB with keepalive. */
function text(): string {
  return 'x'.repeat(65_537)
}

type By = 'fetch' | 'authFetch'

test.each(Object.entries(INITS))(
  'with %s, both requests are what fetch sends with a token',
  async (_, init) => {
    const send = (by: By, more: RequestInit = {}) =>
      sentFrom(page, by, '/notes', { ...init, ...more })

    /** What fetch makes of it with a token, and an answer of `status`. */
    const bare = async (status: number, number: number) => {
      api.answer(status)
      const headers = { ...init.headers, authorization: `Bearer secret-${String(number)}` }
      return { outcome: await send('fetch', { headers }), sent: api.take() }
    }
    const refused = await bare(401, token)
    const accepted = await bare(200, token + 1)

    api.answer(401)
    const outcome = await send('authFetch')
    // What fetch itself rejects, there is no reason to repeat.
    const isRepeated = !('error' in refused.outcome)
    expect(outcome).toEqual((isRepeated ? accepted : refused).outcome)
    expect(api.take()).toEqual([...refused.sent, ...(isRepeated ? accepted.sent : [])])
  },
)

test.each(Object.keys(ODD_CALLS))(
  'with %s, authFetch does what fetch does, and adds the token',
  async (name) => {
    const seen = async (by: By) => {
      const outcome = await page.evaluate(
        (...args) => window.odd(...args),
        by,
        `${api.origin}/notes`,
        name,
      )
      const sent = api.take().map(({ method, url, headers, body }) => {
        const { authorization, ...rest } = headers
        return {
          method,
          url,
          headers: rest,
          body: String(body),
          hasToken: authorization !== undefined,
        }
      })
      return { outcome: withoutCode(outcome), sent }
    }
    const expected = await seen('fetch')
    const withToken = expected.sent.map((sent) => ({ ...sent, hasToken: true }))
    expect(await seen('authFetch')).toEqual({ ...expected, sent: withToken })
  },
)

test.each([301, 302, 303, 307, 308])(
  'a %i to another origin carries no token there',
  async (status) => {
    for (const from of [page, stranger]) {
      const init = { method: 'POST', body: 'x' }
      expect(
        await sentFrom(from, 'authFetch', `/moved?status=${String(status)}`, init),
      ).toMatchObject({ status: 200 })
      const received = elsewhere.take()
      expect(received.map(({ url }) => url)).toEqual(['/landed'])
      expect(JSON.stringify(received)).not.toMatch(/authorization|secret/)
    }
  },
)

/** In Firefox, a message may quote the code that calls fetch. */
function withoutCode(outcome: unknown): unknown {
  return JSON.parse(JSON.stringify(outcome).replace(/(?<=can't convert ).*?(?= to string)/, 'it'))
}

function sentFrom(page: Page, by: By, path: string, init: RequestInit): Promise<Outcome> {
  return page.evaluate(
    (by: By, url: string, init: RequestInit) => window.send(by, url, init),
    by,
    api.origin + path,
    init,
  )
}
