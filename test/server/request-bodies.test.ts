import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { drawKey, isAlive, logIn, post, refresh } from './clients.ts'
import { onPostgres } from './harness.ts'

onPostgres((start) => {
  test.each([
    ['broken JSON', '{"sid": '],
    ['a JSON array', '[]'],
    ['a JSON string', '"refresh_token"'],
    ['null', 'null'],
    ['a sid that is no string', { sid: 7 }],
    ['a sid of absurd length', { sid: 'a'.repeat(257) }],
    ['a seq that is no number', { seq: 'one' }],
    ['a negative seq', { seq: -1 }],
    ['an idle time that is no number', { idle_ms: 'long' }],
    ['an idle time in the future', { idle_ms: -1 }],
    ['an idle time without end', '{"idle_ms": 1e999}'],
    ['a token that is no string', { refresh_token: { $ne: null } }],
    ['a token of absurd length', { refresh_token: 'A'.repeat(4097) }],
  ])('a refresh with %s is an invalid request', async (_, body) => {
    const server = await start()
    const answer = await post(server, '/auth/refresh', body)
    expect(answer).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: expect.any(String) as string },
    })
    expect(server.log.filter(({ event }) => event === 'failed')).toEqual([])
  })

  test.each([
    ['a sid that PostgreSQL cannot hold', { sid: 'a\0b' }],
    ['a token that PostgreSQL cannot hold', { refresh_token: 'a\0b' }],
  ])('a refresh with %s is of no session', async (_, body) => {
    const server = await start()
    const answer = await post(server, '/auth/refresh', body)
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_grant' } })
    expect(server.log.filter(({ event }) => event === 'failed')).toEqual([])
  })

  test.each([
    ['no user name', { username: undefined }],
    ['a blank user name', { username: '  ' }],
    ['a user name of absurd length', { username: 'a'.repeat(65) }],
    ['no password', { password: undefined }],
    ['a short password', { password: 'short' }],
    ['a password of absurd length', { password: 'a'.repeat(257) }],
    ['an unknown delivery', { delivery: 'pigeon' }],
    ['an idle limit that is no number', { idle_ttl_s: 'short' }],
    ['a session limit that is over already', { session_ttl_s: -1 }],
  ])('a registration with %s is an invalid request and makes no account', async (_, wrong) => {
    const server = await start()
    const count = () => server.database.query('SELECT id FROM accounts')
    const before = await count()
    const wish = { username: drawKey(), password: 'long enough', ...wrong }
    const answer = await post(server, '/auth/register', wish)
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    expect(await count()).toEqual(before)
  })

  test('an empty body will do where cookies say it all', async () => {
    const server = await start()
    const { sid, token } = await logIn(server, 'cookie')
    const answer = await post(server, '/auth/refresh', '', { cookie: `rt-${sid}-1=${token}` })
    expect(answer).toMatchObject({ status: 200, body: { seq: 2 } })
  })

  test('a form will do, as OAuth clients send it', async () => {
    const server = await start()
    const { token } = await logIn(server, 'body')
    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await post(server, '/auth/refresh', form.toString(), headers)
    expect(answer).toMatchObject({ status: 200, body: { seq: 2 } })
    expect(answer.body.refresh_token).toContain(`${String(answer.body.sid)}.2.`)
  })

  test('bodies have a largest size', async () => {
    const server = await start()
    const answer = await post(server, '/auth/login', { username: 'a'.repeat(20_000) })
    expect(answer).toMatchObject({ status: 413, body: { error: 'invalid_request' } })
  })

  test.each([
    ['31 hexadecimal digits', drawKey().slice(1)],
    ['21 characters of base64url', `-${randomBytes(15).toString('base64url')}`],
    ['characters of neither', `${drawKey()}!`],
    ['nothing', ''],
  ])('an Idempotency-Key of %s is refused before anything is spent', async (_, key) => {
    const server = await start()
    const session = await logIn(server, 'body')
    const answer = await refresh(server, 'body', session, { key })
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    expect(server.rows()).toEqual([])
    expect(await isAlive(server, session)).toBe(true)
  })

  test.each([
    ['hexadecimal', randomBytes(16).toString('hex')],
    ['base64url', randomBytes(16).toString('base64url')],
  ])('an Idempotency-Key of 128 bits in %s is taken', async (_, key) => {
    const server = await start()
    const session = await logIn(server, 'body')
    expect((await refresh(server, 'body', session, { key })).status).toBe(200)
  })

  test('auth and API answers are stored by no cache', async () => {
    const server = await start()
    const { answer } = await logIn(server, 'cookie')
    const me = await fetch(`${server.url}/api/me`)
    const refused = await post(server, '/auth/refresh', {})
    for (const { headers } of [answer, me, refused])
      expect(headers.get('cache-control')).toBe('no-store')
  })

  test('a URL that does not exist is answered in JSON', async () => {
    const server = await start()
    const answer = await fetch(`${server.url}/nowhere`)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ error: 'not_found' })
  })

  test('routes can be added after, and middleware before, the own ones', async () => {
    const server = await start({
      before: [
        async (c, next) => {
          if (c.req.path === '/auth/refresh') return c.text('<html>Bad Gateway</html>', 502)
          await next()
          return undefined
        },
      ],
      routes: (app) => app.get('/hello', (c) => c.text('hello')),
    })
    expect(await (await fetch(`${server.url}/hello`)).text()).toBe('hello')
    const broken = await fetch(`${server.url}/auth/refresh`, { method: 'POST' })
    expect(broken.status).toBe(502)
    expect((await logIn(server, 'body')).answer.status).toBe(201)
  })
})
