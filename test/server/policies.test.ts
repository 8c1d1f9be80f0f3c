import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import {
  age,
  drawKey,
  endedReason,
  isAlive,
  logIn,
  post,
  read,
  refresh,
  type Session,
} from './clients.ts'
import { onEachDatabase, onPostgres, type TestServer } from './harness.ts'

onEachDatabase((start) => {
  test('an account that is switched off behind our back is out at the next renewal, and believed until then', async () => {
    const server = await start()
    const session = await logIn(server, 'body')
    await set(server, session, 'active = false')
    expect((await call(server, session.accessToken)).status).toBe(200)
    expect(await refresh(server, 'body', session)).toMatchObject({
      status: 401,
      body: {
        error: 'session_revoked',
        error_description: 'deactivated',
      },
    })
    expect(await endedReason(server, session.sid)).toBe('deactivated')
    await expect.poll(async () => (await call(server, session.accessToken)).status).toBe(401)
  })

  test('a deactivated account cannot sign in, and only a user who knows its password learns why', async () => {
    const server = await start()
    const session = await logIn(server, 'body')
    await set(server, session, 'active = false')
    const { username, password } = session
    expect(await post(server, '/auth/login', { username, password })).toMatchObject({
      status: 403,
      body: { error: 'account_deactivated' },
      setCookies: [],
    })
    expect(await post(server, '/auth/login', { username, password: 'wrong' })).toMatchObject({
      status: 401,
      body: { error: 'invalid_credentials' },
    })
    await set(server, session, 'active = true')
    expect((await post(server, '/auth/login', { username, password })).status).toBe(200)
  })

  test('after a password reset a session that signed in before has to do so again', async () => {
    const server = await start()
    const [before, other] = [await logIn(server, 'body'), await logIn(server, 'body')]
    await set(
      server,
      before,
      `password_hash = (SELECT password_hash FROM accounts WHERE username = '${other.username}')`,
    )
    const { username } = before
    const after = await logIn(server, 'body', { username, password: other.password })
    expect(await refresh(server, 'body', before)).toMatchObject({
      status: 401,
      body: { error: 'session_revoked' },
    })
    expect(await endedReason(server, before.sid)).toBe('password_reset')
    expect(await isAlive(server, after)).toBe(true)
  })

  test('a user who has to sign in every three days is told so in time, and is signed out after that', async () => {
    const threeDaysS = 72 * 3600
    const server = await start({ signInEveryS: threeDaysS })
    const session = await logIn(server, 'body')
    expect(session.answer.body.session_expires_in).toBe(threeDaysS)
    await age(server, session.sid, threeDaysS - 60)
    const renewed = await refresh(server, 'body', session)
    expect(renewed.body.session_expires_in).toBeGreaterThan(0)
    expect(renewed.body.session_expires_in).toBeLessThanOrEqual(60)
    expect(renewed.body.expires_in).toBeLessThanOrEqual(60)
    await age(server, session.sid, 60)
    expect(await refresh(server, 'body', { ...session, ...renewed.token })).toMatchObject({
      status: 401,
      body: { error: 'session_expired' },
    })
    expect(await endedReason(server, session.sid)).toBe('sign_in_due')
  })

  test('a user who enters the password within a session has signed in anew', async () => {
    const server = await start({ signInEveryS: 3600 })
    const session = await logIn(server, 'body')
    await age(server, session.sid, 3000)
    expect((await confirm(server, session)).status).toBe(204)
    const renewed = await refresh(server, 'body', session)
    expect(renewed.body.session_expires_in).toBeGreaterThan(3500)
  })

  test('what needs a fresh sign-in says so, and is done once the password was shown again', async () => {
    const server = await start({ freshSignInS: 300 })
    const session = await logIn(server, 'body')
    await age(server, session.sid, 400)
    const { token: leaf, body } = await refresh(server, 'body', session)
    const stale = body.access_token ?? ''
    const refused = await call(server, stale, 'DELETE', '/api/notes')
    expect(refused).toMatchObject({
      status: 401,
      body: { error: 'insufficient_user_authentication' },
    })
    expect(refused.headers.get('www-authenticate')).toMatch(
      /^Bearer .*error="insufficient_user_authentication".*max_age="300"/,
    )
    expect((await call(server, stale, 'GET', '/api/notes')).status).toBe(200)
    expect((await confirm(server, { ...session, accessToken: stale })).status).toBe(204)
    const renewed = await refresh(server, 'body', { ...session, ...leaf })
    const fresh = renewed.body.access_token ?? ''
    expect(decodeJwt(fresh)['auth_time']).toBeGreaterThan(Number(decodeJwt(stale)['auth_time']))
    expect((await call(server, fresh, 'DELETE', '/api/notes')).status).toBe(204)
  })

  test('a new password ends all other sessions, and of the own one the access tokens', async () => {
    const server = await start()
    const own = await logIn(server, 'body')
    const other = await logIn(server, 'body', own)
    const wish = { password: own.password, new_password: `new-${randomUUID()}` }
    expect((await ask(server, own, '/auth/password', wish)).status).toBe(204)
    for (const { accessToken } of [own, other])
      await expect.poll(async () => (await call(server, accessToken)).status).toBe(401)
    expect(await endedReason(server, other.sid)).toBe('password_changed')
    const renewed = await refresh(server, 'body', own)
    expect((await call(server, renewed.body.access_token ?? '')).status).toBe(200)
    const { username } = own
    const signIn = (password: string) => post(server, '/auth/login', { username, password })
    expect((await signIn(own.password)).status).toBe(401)
    expect((await signIn(wish.new_password)).status).toBe(200)
  })

  test('of many new passwords at once one is set, and none of them waits for another in vain', async () => {
    const server = await start()
    const own = await logIn(server, 'body')
    const wishes = Array.from({ length: 8 }, () => ({
      password: own.password,
      new_password: drawKey(),
    }))
    const answers = await Promise.all(
      wishes.map((wish) => ask(server, own, '/auth/password', wish)),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 204)).toHaveLength(1)
    expect(statuses.filter((status) => status >= 500)).toEqual([])
  })
})

onPostgres((start) => {
  test('a stolen access token guesses no password: what it shows is counted as an attempt to sign in', async () => {
    const server = await start({ attemptsPerAccount: 3 })
    const session = await logIn(server, 'body')
    const wrong = { ...session, password: 'wrong' }
    for (let n = 0; n < 3; n++)
      expect(await confirm(server, wrong)).toMatchObject({
        status: 403,
        body: { error: 'invalid_credentials' },
      })
    expect((await confirm(server, session)).status).toBe(429)
    const wish = { password: session.password, new_password: drawKey() }
    expect((await ask(server, session, '/auth/password', wish)).status).toBe(429)
    expect(await isAlive(server, session)).toBe(true)
  })

  test('neither a cookie nor a page of another site shows a password', async () => {
    const server = await start()
    const session = await logIn(server, 'body')
    const body = { password: session.password, new_password: drawKey() }
    for (const path of ['/auth/confirm', '/auth/password']) {
      expect((await post(server, path, body)).status).toBe(401)
      const headers = {
        authorization: `Bearer ${session.accessToken}`,
        origin: 'https://evil.example',
      }
      expect((await post(server, path, body, headers)).body.error).toBe('csrf_rejected')
    }
  })
})

onPostgres((start) => {
  test('a sign-in with a password that is being replaced gets no further than its first renewal', async () => {
    const server = await start()
    const session = await logIn(server, 'body')
    const { username, password } = session
    const late = await server.database.transaction(async (tx) => {
      await tx.query('UPDATE accounts SET password_hash = $2 WHERE username = $1', [
        username,
        'another',
      ])
      // It finds the old password, which is right until this is over.
      return logIn(server, 'body', { username, password })
    })
    expect(await refresh(server, 'body', late)).toMatchObject({
      status: 401,
      body: { error: 'session_revoked' },
    })
    expect(await endedReason(server, late.sid)).toBe('password_reset')
  })
})

/** As a hand in the database does, which tells nobody. */
async function set(server: TestServer, { username }: Session, change: string): Promise<void> {
  await server.database.query(`UPDATE accounts SET ${change} WHERE username = $1`, [username])
}

async function call(
  server: TestServer,
  accessToken: string,
  method: 'GET' | 'DELETE' = 'GET',
  path = '/api/me',
) {
  const headers = { authorization: `Bearer ${accessToken}` }
  return read(await fetch(server.url + path, { method, headers }))
}

function confirm(server: TestServer, session: Session) {
  return ask(server, session, '/auth/confirm', { password: session.password })
}

function ask(server: TestServer, { accessToken }: Session, path: string, body: unknown) {
  return post(server, path, body, { authorization: `Bearer ${accessToken}` })
}
