import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { DatabaseUnavailable } from '../../../demo/database/database-unavailable.ts'
import { moveClock } from '../../support/moved-clock.ts'
import { age, edit, endedReason } from '../clients.ts'
import { onEachDatabase, type TestServer } from '../harness.ts'
import { call, postAs, signIn } from './bearers.ts'

const TTL_S = 600
const OPTIONS = { mode: 'sliding', accessTtlS: TTL_S } as const

onEachDatabase((start) => {
  test('a login brings one token, and neither a refresh token nor a cookie', async () => {
    const server = await start(OPTIONS)
    const { answer } = await signIn(server)
    expect(answer.body).toMatchObject({ expires_in: TTL_S })
    expect(answer.body).toHaveProperty('session_expires_in')
    for (const name of ['refresh_token', 'refresh_expires_in', 'seq'])
      expect(answer.body).not.toHaveProperty(name)
    expect(answer).toMatchObject({ setCookies: [], hint: undefined })
  })

  test('answers bring another token past half of its life, and no sooner', async () => {
    const server = await start(OPTIONS)
    const { accessToken } = await signIn(server)
    moveClock((TTL_S / 2 - 30) * 1000)
    expect(await broughtBy(server, accessToken)).toBeNull()
    moveClock(60_000)
    const token = await broughtBy(server, accessToken)
    expect(claimsOf(token)).toMatchObject({ use: 'sliding', sub: decodeJwt(accessToken).sub })
    expect((await call(server, token ?? '')).status).toBe(200)
    expect(decodeJwt(token ?? '').jti).not.toBe(decodeJwt(accessToken).jti)
  })

  test('every answer of the API brings it, but not the refusal of a token', async () => {
    const server = await start(OPTIONS)
    const { accessToken } = await signIn(server)
    moveClock(TTL_S * 600)
    expect(
      (await call(server, accessToken, '/api/nothing')).headers.get('x-access-token'),
    ).not.toBeNull()
    moveClock(TTL_S * 600)
    const refused = await call(server, accessToken)
    expect(refused).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
    expect(refused.headers.get('x-access-token')).toBeNull()
  })

  test('an answer that is ready stands, though the database fails before there is another token', async () => {
    const server = await start(OPTIONS)
    const { accessToken } = await signIn(server)
    const { database } = server
    let isDown = false
    const other = await start({
      ...OPTIONS,
      database: {
        ...database,
        query: (statement, parameters) =>
          isDown && statement.includes('latchkey_sessions')
            ? Promise.reject(new DatabaseUnavailable('It restarts.'))
            : database.query(statement, parameters),
      },
    })
    isDown = true
    moveClock(TTL_S * 600)
    const answer = await call(other, accessToken, '/api/notes')
    expect(answer).toMatchObject({ status: 200, body: { notes: [] } })
    expect(answer.headers.get('x-access-token')).toBeNull()
    expect(await broughtBy(server, accessToken)).not.toBeNull()
  })

  test('no token outlives the session, and past its limit there is no other', async () => {
    const server = await start({ ...OPTIONS, sessionTtlS: 2 * TTL_S })
    const { accessToken, sid } = await signIn(server)
    await age(server, sid, TTL_S * 1.25)
    await edit(server, sid, (document) => ({
      ...document,
      refreshEndsAt: document.sessionEndsAt,
    }))
    moveClock(TTL_S * 600)
    const { iat = 0, exp = 0 } = claimsOf(await broughtBy(server, accessToken))
    expect(exp - iat).toBeLessThan(TTL_S * 0.8)
    await age(server, sid, TTL_S)
    expect(await broughtBy(server, accessToken)).toBeNull()
  })

  test('a session that was ended brings no other token, and its own is good no longer', async () => {
    const server = await start(OPTIONS)
    const mine = await signIn(server)
    const { username, password } = mine
    const other = await signIn(server, {}, { username, password })
    const { body } = await call(server, mine.accessToken, '/auth/sessions')
    expect(body['sessions']).toHaveLength(2)
    expect(
      (await postAs(server, other.accessToken, '/auth/logout', { sid: other.sid })).status,
    ).toBe(204)
    expect(await endedReason(server, other.sid)).toBe('logout')
    await expect.poll(async () => (await call(server, other.accessToken)).status).toBe(401)
    moveClock(TTL_S * 600)
    const refused = await call(server, other.accessToken)
    expect(refused.headers.has('x-access-token')).toBe(false)
    expect(await broughtBy(server, mine.accessToken)).not.toBeNull()
  })

  test('forty requests at once each bring a token of their own, all of one session', async () => {
    const server = await start(OPTIONS)
    const { accessToken, sid } = await signIn(server)
    moveClock(TTL_S * 600)
    const brought = await Promise.all(
      Array.from({ length: 40 }, () => broughtBy(server, accessToken)),
    )
    expect(new Set(brought).size).toBe(40)
    for (const token of brought) expect(claimsOf(token)).toMatchObject({ sid })
  })

  test('an account may slide on a server where others do not', async () => {
    const server = await start()
    const { accessToken, username, password } = await signIn(server, { delivery: 'body' })
    await server.database.query('UPDATE accounts SET mode = $2 WHERE id = $1', [
      decodeJwt(accessToken).sub,
      'sliding',
    ])
    const { answer } = await signIn(server, { delivery: 'body' }, { username, password })
    expect(answer.body).not.toHaveProperty('refresh_token')
    // The session that was there goes on as it began.
    moveClock(TTL_S * 600)
    expect(await broughtBy(server, accessToken)).toBeNull()
  })
})

async function broughtBy(server: TestServer, token: string): Promise<string | null> {
  const answer = await call(server, token)
  expect(answer.status).toBe(200)
  return answer.headers.get('x-access-token')
}

function claimsOf(token: string | null) {
  return decodeJwt(token ?? '')
}
