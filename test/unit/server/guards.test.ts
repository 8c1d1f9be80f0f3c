import { describe, expect, test } from 'vitest'
import { refuseForeignPage } from '../../../src/server/index.ts'
import { createKit, drawKey, forge, ORIGIN, read, type Sent } from './kit.ts'

const FRIEND = 'https://friend.test'

describe('requests that a page of another site may have caused', () => {
  const kit = createKit({ origins: [FRIEND] })

  async function refreshWith(headers: Readonly<Record<string, string>>, hasCookie = true) {
    const request = new Request(`${ORIGIN}/auth/refresh`, {
      method: 'POST',
      headers: { ...(hasCookie && { cookie: `rt-x-1=${forge()}` }), ...headers },
      body: hasCookie ? '{}' : JSON.stringify({ refresh_token: forge() }),
    })
    return (await read(await kit.sessions.refresh(request))).body['error']
  }
  const wanted = { 'x-requested-with': 'test' }

  test.each([
    ['without X-Requested-With', { origin: ORIGIN }],
    ['without it, and from the same origin', { 'sec-fetch-site': 'same-origin' }],
    ['from another origin', { ...wanted, origin: 'https://evil.test' }],
    ['from a frame without an origin', { ...wanted, origin: 'null' }],
    ['from a sibling', { ...wanted, origin: 'https://x.app.test', 'sec-fetch-site': 'same-site' }],
    ['from an origin that begins as a friend', { ...wanted, origin: `${FRIEND}.evil.test` }],
    ['from another scheme', { ...wanted, origin: 'http://app.test' }],
  ])('are refused: %s', async (_, headers) => {
    expect(await refreshWith(headers)).toBe('csrf_rejected')
  })

  test.each([
    ['of the server itself', { ...wanted, origin: ORIGIN }],
    ['of a friend', { ...wanted, origin: FRIEND }],
    [
      'of a page that the browser calls the same, behind a proxy that ends TLS',
      { ...wanted, origin: 'https://public.test', 'sec-fetch-site': 'same-origin' },
    ],
    ['of a client that is no browser', wanted],
  ])('are not those %s', async (_, headers) => {
    expect(await refreshWith(headers)).toBe('invalid_grant')
  })

  test.each([
    ['of an older browser, to a proxy that ends TLS', 'https://app.test', 'http://app.test', 200],
    ['from another host, to such a proxy', 'https://evil.test', 'http://app.test', 403],
    ['from plain http, to https', 'http://app.test', 'https://app.test', 403],
  ])('go by the host where the browser says no more: %s', async (_, origin, url, status) => {
    const request = new Request(`${url}/auth/login`, {
      method: 'POST',
      headers: { ...wanted, origin },
    })
    expect((await kit.sessions.start(request, { subject: 'eve' })).status).toBe(status)
    expect(refuseForeignPage(request)?.status ?? 200).toBe(status)
  })

  test('are those that browsers call cross-site, whatever their origin seems to be', async () => {
    const headers = { ...wanted, origin: ORIGIN, 'sec-fetch-site': 'cross-site' }
    expect(await refreshWith(headers)).toBe('csrf_rejected')
  })

  test('a plain client needs no header if its token is in the body, and it has no cookie', async () => {
    expect(await refreshWith({}, false)).toBe('invalid_grant')
    expect(await refreshWith({ cookie: 'a=b' }, false)).toBe('csrf_rejected')
    expect(await refreshWith({ origin: ORIGIN }, false)).toBe('csrf_rejected')
  })

  test('a sign-in is refused like a refresh, and begins nothing', async () => {
    const start = (headers: Readonly<Record<string, string>>, delivery: 'cookie' | 'body') =>
      kit.sessions.start(new Request(`${ORIGIN}/auth/login`, { method: 'POST', headers }), {
        subject: 'carol',
        delivery,
      })
    const statuses = [
      (await start({ origin: 'https://evil.test', ...wanted }, 'cookie')).status,
      (await start({}, 'cookie')).status,
      (await start({ origin: ORIGIN }, 'body')).status,
    ]
    expect(statuses).toEqual([403, 403, 403])
    expect(await kit.sessions.list('carol')).toEqual([])
    expect((await start({}, 'body')).status).toBe(200)
  })
})

describe('a body', () => {
  const send = async (
    body: RequestInit['body'],
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const kit = createKit()
    const init = { method: 'POST', headers, body: body ?? null, duplex: 'half' }
    return read(await kit.sessions.refresh(new Request(`${ORIGIN}/auth/refresh`, init)))
  }

  test.each([
    '{',
    'x',
    '[]',
    '1',
    'null',
    '"a"',
    '{"refresh_token":1}',
    '{"refresh_token":"","seq":-1}',
    '{"refresh_token":"","seq":"1e9"}',
    '{"refresh_token":"","seq":{}}',
    '{"refresh_token":"","idle_ms":true}',
    '{"refresh_token":"","sid":[]}',
  ])('that is no request is answered 400: %s', async (body) => {
    expect(await send(body)).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
  })

  test('of a logout has a flag that is true or false', async () => {
    const kit = createKit()
    const { token } = await kit.signIn()
    expect((await kit.logOut(token, { body: { everywhere: 'yes' } })).status).toBe(400)
    expect(await kit.sessions.list('alice')).toHaveLength(1)
  })

  test('may be a form, as OAuth clients send it', async () => {
    const kit = createKit()
    const { token } = await kit.signIn()
    const form = new URLSearchParams({ refresh_token: token, seq: '1', idle_ms: '5' })
    for (const type of [
      'application/x-www-form-urlencoded',
      'Application/X-WWW-Form-Urlencoded; charset=utf-8',
    ]) {
      const request = new Request(`${ORIGIN}/auth/refresh`, {
        method: 'POST',
        headers: { 'content-type': type, 'idempotency-key': '0'.repeat(32) },
        body: String(form),
      })
      expect(await read(await kit.sessions.refresh(request))).toMatchObject({ status: 200 })
    }
  })

  test('of more than 64 kB is not read to its end', async () => {
    let sent = 0
    const endless = new ReadableStream({
      pull(controller) {
        sent++
        controller.enqueue(new Uint8Array(16 * 1024))
      },
    })
    expect((await send(endless)).status).toBe(413)
    expect(sent).toBeLessThan(10)
  })

  test('that breaks off is answered, and is no error of the server', async () => {
    const broken = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"refresh_'))
      },
      pull(controller) {
        controller.error(new Error('aborted'))
      },
    })
    expect(await send(broken)).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
  })
})

test.each(['', '0', 'a'.repeat(31), 'g'.repeat(21), '0'.repeat(257), `${'a'.repeat(32)} x`])(
  'a key that could be guessed or is none is refused: %j',
  async (key) => {
    const kit = createKit()
    const { token } = await kit.signIn()
    expect((await kit.refresh(token, { key })).status).toBe(400)
    expect((await kit.refresh(token, { key: drawKey() })).status).toBe(200)
  },
)

test('too many requests are refused with Retry-After, before anything is read', async () => {
  let waitS: number | undefined
  const kit = createKit({ throttle: () => waitS })
  const { token } = await kit.signIn()
  waitS = 6.2
  for (const send of [kit.refresh, kit.logOut]) {
    const answer = await send(token, { body: { seq: 'no number' } })
    expect(answer).toMatchObject({ status: 429, body: { error: 'too_many_requests' } })
    expect(answer.headers.get('retry-after')).toBe('7')
  }
  waitS = undefined
  expect((await kit.refresh(token, { key: drawKey() })).status).toBe(200)
})

describe('plain clients', () => {
  test('know no key, no sid and no number, and are served', async () => {
    const kit = createKit()
    let { token } = await kit.signIn()
    for (const seq of [2, 3, 4]) {
      const answer = await kit.refresh(token)
      expect(answer).toMatchObject({ status: 200, body: { seq, token_type: 'Bearer' } })
      expect(answer.headers.getSetCookie()).toEqual([])
      token = answer.token
    }
  })

  test('do not make a document grow, however many times they renew', async () => {
    for (const [graceS, everyS, most] of [
      [0, 60, 3],
      [0, 1, 16],
      [86_399, 60, 16],
    ] as const) {
      const kit = createKit({ graceS })
      const { sid, ...first } = await kit.signIn()
      let { token } = first
      for (let time = 0; time < 40; time++) {
        kit.advance(everyS)
        token = (await kit.refresh(token, { key: drawKey() })).token
      }
      expect((await kit.store.read(sid))?.document.spent).toHaveLength(most)
    }
  })

  test.each<[string, Sent]>([
    ['no key', {}],
    ['a key', { key: drawKey() }],
  ])('that show a token of any age with %s again have lost it to someone', async (_, sent) => {
    for (const age of [1, 2, 20]) {
      const kit = createKit()
      const { token, sid } = await kit.signIn()
      let leaf = token
      for (let time = 0; time < age; time++) leaf = (await kit.refresh(leaf)).token
      const answer = await kit.refresh(token, sent)
      expect(answer).toMatchObject({ status: 401, body: { error: 'reuse_detected' } })
      expect((await kit.sessions.find(sid))?.end?.reason).toBe('reuse_detected')
      expect((await kit.refresh(leaf)).body['error']).toBe('session_revoked')
    }
  })
})
