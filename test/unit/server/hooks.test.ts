import { describe, expect, test } from 'vitest'
import {
  createSessions,
  type RefreshVerdict,
  type SessionsOptions,
} from '../../../src/server/index.ts'
import { createKit, drawKey, ORIGIN, read } from './kit.ts'

describe('beforeRefresh', () => {
  test('ends a session whose account may not go on, with its reason', async () => {
    const account: { verdict?: RefreshVerdict<undefined> } = {}
    const kit = createKit({ beforeRefresh: () => account.verdict })
    const { token, sid } = await kit.signIn()
    const first = await kit.refresh(token, { key: drawKey() })
    expect(first.status).toBe(200)
    account.verdict = { end: 'account_disabled' }
    const answer = await kit.refresh(first.token, { key: drawKey() })
    expect(answer).toMatchObject({
      status: 401,
      body: { error: 'session_revoked', error_description: 'account_disabled' },
    })
    expect((await kit.sessions.find(sid))?.end?.reason).toBe('account_disabled')
  })

  test('can ask for a new sign-in without the word that anything was revoked', async () => {
    const kit = createKit({ beforeRefresh: () => ({ end: 'role', error: 'session_expired' }) })
    const { token } = await kit.signIn()
    expect((await kit.refresh(token)).body['error']).toBe('session_expired')
  })

  test('changes the data with the rotation, and the access token is made of the new data', async () => {
    const kit = createKit<{ role: string }>({
      accessToken: ({ data }) => ({ access_token: data.role, scope: 'all' }),
      beforeRefresh: async ({ data }, { body, request }) => {
        expect(new URL(request.url).pathname).toBe('/auth/refresh')
        return Promise.resolve({ data: { role: `${data.role}+${String(body['wish'])}` } })
      },
    })
    const { token, sid } = await kit.signIn({ data: { role: 'user' } })
    const answer = await kit.refresh(token, { key: drawKey(), body: { wish: 'admin' } })
    expect(answer.body).toMatchObject({ access_token: 'user+admin', scope: 'all' })
    expect((await kit.sessions.find(sid))?.data).toEqual({ role: 'user+admin' })
  })

  test('is called again with what another request has changed meanwhile', async () => {
    const seen: string[] = []
    const kit = createKit<string>({
      async beforeRefresh({ sid, data }) {
        seen.push(data)
        if (seen.length === 1) await kit.sessions.update(sid, () => 'changed')
        return { data: `${data}!` }
      },
    })
    const { token, sid } = await kit.signIn({ data: 'old' })
    expect((await kit.refresh(token, { key: drawKey() })).status).toBe(200)
    expect(seen).toEqual(['old', 'changed'])
    expect((await kit.sessions.find(sid))?.data).toBe('changed!')
  })

  test('is not asked about tokens that belong to no live session', async () => {
    const seen: string[] = []
    const kit = createKit({
      beforeRefresh({ sid }) {
        seen.push(sid)
        return undefined
      },
    })
    const { token, sid } = await kit.signIn()
    await kit.sessions.end(sid)
    await kit.refresh(token)
    await kit.refresh('x')
    expect(seen).toEqual([])
  })
})

test('the audit hears of each row, sid and reason, and never of a token', async () => {
  const kit = createKit({ graceS: 5 })
  const { token, sid } = await kit.signIn()
  const key = drawKey()
  const next = await kit.refresh(token, { key })
  await kit.refresh(token, { key })
  await kit.refresh(token)
  kit.advance(5)
  await kit.refresh(token)
  await kit.refresh(next.token)
  await kit.refresh('x')
  await kit.logOut(next.token)
  await kit.logOut('x')
  const of = { sid, subject: 'alice' }
  const at = Date.UTC(2026, 0, 1) + 5_000
  const end = { at, reason: 'reuse_detected', until: at + 300_000 }
  expect(kit.audited).toEqual([
    { event: 'started', ...of },
    { event: 'refresh', row: 'S2', ...of },
    { event: 'refresh', row: 'S4', ...of },
    { event: 'refresh', row: 'S6', ...of },
    { event: 'ended', reason: 'reuse_detected', end, ...of },
    { event: 'refresh', row: 'S7', ...of },
    { event: 'refresh', row: 'S1', reason: 'reuse_detected', ...of },
    { event: 'refresh', row: 'S1', reason: 'unknown' },
    { event: 'logout', ...of },
    { event: 'logout' },
  ])
  const told = JSON.stringify(kit.audited)
  for (const secret of [...token.split('.').slice(2), ...next.token.split('.').slice(2), key])
    expect(told).not.toContain(secret)
})

test('an answer that the application could not make is made when the client asks again', async () => {
  let isDown = false
  const kit = createKit({
    accessToken: () => (isDown ? Promise.reject(new Error('no signing key')) : 'access'),
  })
  const { token } = await kit.signIn()
  const key = drawKey()
  isDown = true
  await expect(kit.refresh(token, { key })).rejects.toThrow('no signing key')
  isDown = false
  expect(await kit.refresh(token, { key })).toMatchObject({ status: 200, body: { seq: 2 } })
})

test('a sign-in that cannot end what it replaces is answered 503', async () => {
  const kit = createKit()
  const browser = kit.openBrowser()
  const { body } = await browser.signIn()
  const stuck = createSessions({
    store: {
      ...kit.store,
      write: (document, until) =>
        document.sid === body['sid'] ? Promise.resolve(false) : kit.store.write(document, until),
    },
    accessToken: () => 'access',
  })
  const cookie = browser.cookies.map((pair) => pair.join('=')).join('; ')
  const headers = { cookie, 'x-requested-with': 'test' }
  const request = new Request(`${ORIGIN}/auth/login`, { method: 'POST', headers })
  const answer = await read(await stuck.start(request, { subject: 'alice' }))
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toBe('1')
})

describe('options that cannot be used', () => {
  const { store } = createKit()
  const good = { store, accessToken: () => 'access' }

  test.each<[string, object]>([
    [
      'The "store" option must be a store with the method "now"; it is undefined',
      { store: undefined },
    ],
    [
      'The "store" option must be a store with the method "list"; it is object',
      { store: { ...store, list: 1 } },
    ],
    ['The "accessToken" option must be a function; it is string', { accessToken: 'a' }],
    ['The "beforeRefresh" option must be a function; it is boolean', { beforeRefresh: true }],
    ['The "throttle" option must be a function; it is 5', { throttle: 5 }],
    ['The "audit" option must be a function; it is object', { audit: {} }],
    ['The "graceS" option must be less than a day, in seconds; it is -1', { graceS: -1 }],
    ['The "graceS" option must be less than a day, in seconds; it is string', { graceS: '5' }],
    [
      'The "limits.accessTtlS" option must be a number of seconds above 0; it is 0',
      { limits: { accessTtlS: 0 } },
    ],
    [
      'The "limits.idleTtlS" option must be a number of seconds above 0; it is string',
      { limits: { idleTtlS: '5' } },
    ],
    [
      'The "limits.idleTtl" option must be one of accessTtlS, refreshTtlS, sessionTtlS, idleTtlS; it is 5',
      { limits: { idleTtl: 5 } },
    ],
    [
      'The "origins" option must be a list of origins such as "https://app.example.com"; it is string',
      { origins: '*' },
    ],
    [
      'The "origins" option must be a list of origins such as "https://app.example.com"; it is a list',
      { origins: ['https://a.test/'] },
    ],
    [
      'The "cookie.name" option must be the name of a cookie; it is string',
      { cookie: { name: 'a b' } },
    ],
    [
      'The "cookie.hint" option must be the name of a cookie, or false; it is string',
      { cookie: { hint: 'a;b' } },
    ],
    [
      'The "cookie.path" option must be a path that begins with a slash; it is string',
      { cookie: { path: 'auth' } },
    ],
    [
      'The "cookie.path" option must be a path that begins with a slash; it is string',
      { cookie: { path: '/a; Domain=b' } },
    ],
    ['The "cookie.domain" option must be a domain; it is string', { cookie: { domain: 'a; b' } }],
    [
      'The "cookie.sameSite" option must be Strict, Lax or None; it is string',
      { cookie: { sameSite: 'strict' } },
    ],
    ['The "foreign.resolve" option must be a function; it is undefined', { foreign: {} }],
    [
      'The "foreign.cookie" option must be the name of a cookie; it is 7',
      { foreign: { resolve: () => undefined, cookie: 7 } },
    ],
  ])('are refused at once: %s', (message, wrong) => {
    const options = { ...good, ...wrong } as SessionsOptions
    expect(() => createSessions(options)).toThrow(new TypeError(message))
  })

  test('limits of one session are looked at when it begins', async () => {
    const kit = createKit()
    await expect(kit.signIn({ limits: { sessionTtlS: -1 } })).rejects.toThrow(
      new TypeError(
        'The "limits.sessionTtlS" option must be a number of seconds above 0; it is -1',
      ),
    )
    expect(await kit.sessions.list('alice')).toEqual([])
  })

  test('undefined is the default', async () => {
    const limits = { accessTtlS: undefined, idleTtlS: undefined }
    const undefineds = { limits, graceS: undefined, cookie: undefined, origins: undefined }
    const sessions = createSessions({ ...good, ...undefineds })
    const request = new Request(`${ORIGIN}/auth/login`, { method: 'POST' })
    const { body } = await read(
      await sessions.start(request, { subject: 'dora', delivery: 'body' }),
    )
    expect(body['expires_in']).toBe(300)
  })
})
