import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { endedReason, isAlive, logIn, post, read, refresh, type Session } from './clients.ts'
import { openStream } from './event-stream.ts'
import { onEachDatabase, onPostgres, type TestServer } from './harness.ts'

const CHANGES = ['activate', 'deactivate', 'promote', 'demote', 'reset-password', 'sign-out']

interface Listed {
  readonly id: string
  readonly username: string
  readonly role: string
  readonly active: boolean
  readonly sessions: number
}

onEachDatabase((start) => {
  test('the list tells of each account whether it is active, what it may and how many sessions it has', async () => {
    const server = await start()
    const admin = await logInAdmin(server)
    const user = await logIn(server, 'body')
    await logIn(server, 'body', user)
    expect(await list(server, admin, user.username)).toEqual([
      expect.objectContaining({ username: user.username, role: 'user', active: true, sessions: 2 }),
    ])
    expect(await list(server, admin, admin.username)).toMatchObject([{ role: 'admin' }])
  })

  test('to deactivate an account ends all its sessions at once, and it cannot sign in until it is activated', async () => {
    const [here, there] = [await start(), await start()]
    const admin = await logInAdmin(here)
    const user = await logIn(here, 'body')
    const stream = await openStream(there, user.accessToken)
    expect((await change(here, admin, user, 'deactivate')).status).toBe(204)
    await expect.poll(stream.isOver).toBe(true)
    expect(stream.events()).toMatchObject([{ event: 'revoked', data: { reason: 'deactivated' } }])
    expect((await call(there, user.accessToken)).status).toBe(401)
    expect((await refresh(there, 'body', user)).body.error).toBe('session_revoked')
    const { username, password } = user
    expect((await post(there, '/auth/login', { username, password })).status).toBe(403)
    expect(await list(here, admin, username)).toMatchObject([{ active: false, sessions: 0 }])
    expect((await change(here, admin, user, 'activate')).status).toBe(204)
    expect(await isAlive(there, await logIn(there, 'body', user))).toBe(true)
  })

  test('to reset a password ends all sessions, and tells the new one to the administrator alone', async () => {
    const server = await start()
    const admin = await logInAdmin(server)
    const user = await logIn(server, 'body')
    const { status, body } = await change(server, admin, user, 'reset-password')
    expect(status).toBe(200)
    const password = String(body['password'])
    expect(password.length).toBeGreaterThanOrEqual(20)
    expect((await refresh(server, 'body', user)).body.error).toBe('session_revoked')
    expect(await endedReason(server, user.sid)).toBe('password_reset')
    await expect(logIn(server, 'body', user)).rejects.toThrow('invalid_credentials')
    const after = await logIn(server, 'body', { username: user.username, password })
    expect(await isAlive(server, after)).toBe(true)
    expect(JSON.stringify(server.log)).not.toContain(password)
  })

  test('a new role is in the next access token, to which all sessions are called at once', async () => {
    const server = await start()
    const admin = await logInAdmin(server)
    const user = await logIn(server, 'body')
    const stream = await openStream(server, user.accessToken)
    await change(server, admin, user, 'promote')
    await expect.poll(stream.events).toMatchObject([{ event: 'renew' }])
    expect((await call(server, user.accessToken)).status).toBe(401)
    const renewed = await refresh(server, 'body', user)
    expect(decodeJwt(renewed.body.access_token ?? '')['role']).toBe('admin')
    stream.abort()
  })

  test('to sign an account out everywhere ends its sessions, and no others', async () => {
    const server = await start()
    const admin = await logInAdmin(server)
    const user = await logIn(server, 'body')
    const other = await logIn(server, 'body', user)
    await change(server, admin, user, 'sign-out')
    expect(await endedReason(server, user.sid)).toBe('ended_by_admin')
    expect(await endedReason(server, other.sid)).toBe('ended_by_admin')
    expect(await isAlive(server, await logIn(server, 'body', user))).toBe(true)
    expect(await isAlive(server, admin)).toBe(true)
  })

  test('a user who is no administrator any more can do nothing more, whatever the token says', async () => {
    const server = await start()
    const admin = await logInAdmin(server)
    const user = await logIn(server, 'body')
    // Behind our back, so that the token with the old role is still believed.
    for (const lost of [`role = 'user'`, `role = 'admin', active = false`]) {
      await server.database.query(`UPDATE accounts SET ${lost} WHERE username = $1`, [
        admin.username,
      ])
      expect((await call(server, admin.accessToken)).status).toBe(200)
      expect((await ask(server, admin, 'GET', '/api/admin/accounts')).status).toBe(403)
      for (const each of CHANGES) expect((await change(server, admin, user, each)).status).toBe(403)
    }
    expect(await isAlive(server, user)).toBe(true)
  })
})

onPostgres((start) => {
  test('a user reaches none of it, and neither does a request without a token', async () => {
    const server = await start()
    await logInAdmin(server)
    const [user, victim] = [await logIn(server, 'body'), await logIn(server, 'body')]
    const id = decodeJwt(victim.accessToken).sub ?? ''
    const paths = [
      '/api/admin/accounts',
      ...CHANGES.map((each) => `/api/admin/accounts/${id}/${each}`),
    ]
    for (const path of paths) {
      const method = path.endsWith('/accounts') ? 'GET' : 'POST'
      const answer = await ask(server, user, method, path)
      expect(answer).toMatchObject({ status: 403, body: { error: 'forbidden' } })
      expect((await ask(server, { accessToken: '' }, method, path)).status).toBe(401)
    }
    expect(await isAlive(server, victim)).toBe(true)
  })

  test('what an administrator does is asked for by a page of ours', async () => {
    const server = await start()
    const admin = await logInAdmin(server)
    const user = await logIn(server, 'body')
    const path = `/api/admin/accounts/${decodeJwt(user.accessToken).sub}/deactivate`
    const authorization = `Bearer ${admin.accessToken}`
    for (const headers of [
      { authorization },
      { authorization, 'x-requested-with': 'test', origin: 'https://evil.example' },
    ]) {
      const answer = await read(await fetch(server.url + path, { method: 'POST', headers }))
      expect(answer).toMatchObject({ status: 403, body: { error: 'csrf_rejected' } })
    }
    expect(await isAlive(server, user)).toBe(true)
  })

  test.each(['deactivate', 'demote'])(
    'an administrator cannot do it to their own account: %s',
    async (each) => {
      const server = await start()
      const admin = await logInAdmin(server)
      expect(await change(server, admin, admin, each)).toMatchObject({
        status: 409,
        body: { error: 'own_account' },
      })
      expect(await isAlive(server, admin)).toBe(true)
    },
  )

  test('an account or a change that is not there is not found', async () => {
    const server = await start()
    const admin = await logInAdmin(server)
    for (const path of [`${randomUUID()}/deactivate`, `${randomUUID()}/toString`, 'x%00/demote'])
      expect((await ask(server, admin, 'POST', `/api/admin/accounts/${path}`)).status).toBe(404)
  })

  test('each change is logged, with who made it and to whom', async () => {
    const server = await start()
    const admin = await logInAdmin(server)
    const user = await logIn(server, 'body')
    await change(server, admin, user, 'sign-out')
    expect(server.log).toContainEqual({
      event: 'account_changed',
      change: 'sign-out',
      account: decodeJwt(user.accessToken).sub,
      by: decodeJwt(admin.accessToken).sub,
    })
  })
})

async function logInAdmin(server: TestServer): Promise<Session> {
  const { username, password } = await logIn(server, 'body')
  await server.database.query(`UPDATE accounts SET role = 'admin' WHERE username = $1`, [username])
  return logIn(server, 'body', { username, password })
}

async function list(server: TestServer, admin: Session, search: string) {
  const query = new URLSearchParams({ search }).toString()
  const { body } = await ask(server, admin, 'GET', `/api/admin/accounts?${query}`)
  return body['accounts'] as readonly Listed[]
}

function change(server: TestServer, admin: Session, { accessToken }: Session, change: string) {
  const id = decodeJwt(accessToken).sub ?? ''
  return ask(server, admin, 'POST', `/api/admin/accounts/${id}/${change}`)
}

function call(server: TestServer, accessToken: string) {
  return ask(server, { accessToken }, 'GET', '/api/me')
}

async function ask(
  server: TestServer,
  { accessToken }: Pick<Session, 'accessToken'>,
  method: 'GET' | 'POST',
  path: string,
) {
  const headers = { authorization: `Bearer ${accessToken}`, 'x-requested-with': 'test' }
  return read(await fetch(server.url + path, { method, headers }))
}
