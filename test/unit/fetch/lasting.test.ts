import { runInNewContext } from 'node:vm'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { cookieTransport } from '../../../src/index.ts'
import { createBackend } from '../../support/backend.ts'
import { createVirtualBrowser } from '../../../src/testing/virtual-browser.ts'
import { startEchoServer, type EchoServer } from '../../support/echo-server.ts'
import { json } from '../../support/fake-server.ts'
import { signIn, signInTo, type SignedIn } from '../../support/signed-in.ts'

// Story 27 of test/README.md: fetch reads what it is given at once, so callers reuse it. Waiting and repeating must not show.

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

const bytes = Uint8Array.from({ length: 9 }, (_, n) => n)
const params = new URLSearchParams({ a: '1' })
const form = new FormData()
const headers = new Headers({ 'x-a': '1' })

const BODIES: Readonly<Record<string, { readonly body: BodyInit; readonly reuse: () => void }>> = {
  'an ArrayBuffer': { body: bytes.buffer, reuse: () => bytes.fill(7) },
  'a view of a part': { body: bytes.subarray(2, 5), reuse: () => bytes.fill(7) },
  'a DataView': { body: new DataView(bytes.buffer, 1, 3), reuse: () => bytes.fill(7) },
  URLSearchParams: { body: params, reuse: () => params.set('a', '2') },
  FormData: { body: form, reuse: () => form.set('a', '2') },
}

function asBefore(): void {
  bytes.forEach((_, n) => (bytes[n] = n))
  params.set('a', '1')
  form.set('a', '1')
  headers.set('x-a', '1')
}

test.each(['waits for a renewal', 'is repeated'])(
  'a request that %s is sent as it was when authFetch was called, whatever its caller reuses since',
  async (why) => {
    for (const { body, reuse } of Object.values(BODIES)) {
      asBefore()
      await fetch(`${api.origin}/expected`, { method: 'POST', body })
      const expected = api.take()[0]
      if (why === 'waits for a renewal') page.clock.sleep(600_000)
      else api.answer(401)
      const url = new URL(`${api.origin}/mine`)
      const init = { method: 'POST', body, headers }

      const answer = page.session.authFetch(url, init)
      reuse()
      headers.set('x-a', '2')
      url.pathname = '/another'
      init.method = 'PUT'
      expect((await answer).status).toBe(200)

      for (const seen of api.take()) {
        expect([seen.method, seen.url, seen.headers['x-a']]).toEqual(['POST', '/mine', '1'])
        expect(withoutBoundary(seen.body)).toBe(withoutBoundary(expected?.body))
      }
    }
  },
)

function withoutBoundary(body: Buffer | undefined): string {
  return String(body?.toString('latin1')).replace(/-{4,}\S+/g, 'boundary')
}

test('a request that waits goes where it was meant to, though its caller takes the URL elsewhere', async () => {
  const sent: unknown[] = []
  const backend = createBackend()
  const { session, clock } = await signIn(
    {
      fetch: (input, init) => {
        if (input === 'https://app.test/auth/refresh') return backend.fetch(input, init)
        sent.push(input)
        return Promise.resolve(json([]))
      },
    },
    backend,
  )
  clock.sleep(600_000)
  const url = new URL('https://app.test/api/notes')
  const answer = session.authFetch(url)
  url.href = 'https://evil.test/api/notes'
  await answer
  expect(sent).toEqual(['https://app.test/api/notes'])
})

test('an async iterable, which Node.js takes for a body, is a stream: sent once', async () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    await Promise.resolve()
    yield new TextEncoder().encode('once')
  }
  api.answer(401)
  const init = { method: 'POST', body: chunks() as unknown as BodyInit, duplex: 'half' }
  expect((await page.session.authFetch(`${api.origin}/mine`, init as RequestInit)).status).toBe(401)
  expect(api.take().map(({ body }) => String(body))).toEqual(['once'])
})

test.each(['ArrayBuffer', 'Uint8Array', 'DataView'])(
  'a body of another realm, here %s, is sent again as it was',
  async (type) => {
    const make = runInNewContext(
      `(type) => type === 'DataView' ? new DataView(new ArrayBuffer(3)) : new globalThis[type](3)`,
    ) as (type: string) => ArrayBuffer | ArrayBufferView<ArrayBuffer>
    const body = make(type)
    const view = new Uint8Array('buffer' in body ? body.buffer : body)
    view.fill(1)
    api.answer(401)
    const answer = page.session.authFetch(`${api.origin}/mine`, { method: 'POST', body })
    view.fill(2)
    expect((await answer).status).toBe(200)
    expect(api.take().map(({ body: sent }) => [...sent])).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ])
  },
)

test('what a caller does to its headers while the session is being restored does not show', async () => {
  const browser = createVirtualBrowser({ session: { transport: cookieTransport('/auth') } })
  browser.network.hold('/auth/refresh', () => undefined)
  for (const headers of [new Headers({ 'x-own': 'before' }), { 'x-own': 'before' }]) {
    const { session } = browser.openTab({ maxWaitMs: 1_000 })
    const answer = session
      .authFetch('https://app.test/api/public', { headers })
      .catch(() => undefined)
    if (headers instanceof Headers) headers.set('x-own', 'after')
    else headers['x-own'] = 'after'
    browser.network.hold('/auth/refresh', null)
    await session.logout()
    await browser.advance(2_000)
    await answer
  }
  const own = browser.network.sentTo('/api/public').map((sent) => sent.headers.get('x-own'))
  expect(own).toEqual(['before', 'before'])
})

test('headers that can be read once, with an Authorization of their own, are sent as they are', async () => {
  const headers = new Map([['authorization', 'Basic mine']]).entries()
  await page.session.authFetch(`${api.origin}/mine`, { headers: headers as unknown as HeadersInit })
  expect(api.take().map((sent) => sent.headers['authorization'])).toEqual(['Basic mine'])
})
