import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { moveClock } from '../../support/moved-clock.ts'
import { age, endedReason } from '../clients.ts'
import { onEachDatabase } from '../harness.ts'
import { call, postAs, signIn } from './bearers.ts'

const WEEK_S = 7 * 24 * 3600
const OPTIONS = { mode: 'renew', renewTtlS: WEEK_S } as const

onEachDatabase((start) => {
  test('a new password ends the session that set it as well: its token renews itself, and a copy cannot be told from it', async () => {
    const server = await start({ mode: 'renew' })
    const { accessToken, password, sid } = await signIn(server)
    const wish = { password, new_password: `new-${password}` }
    expect((await postAs(server, accessToken, '/auth/password', wish)).status).toBe(204)
    expect(await postAs(server, accessToken, '/auth/renew')).toMatchObject({ status: 401 })
    expect(await endedReason(server, sid)).toBe('password_changed')
  })

  test('a login brings one token of a week, good at the API; it brings the next one', async () => {
    const server = await start(OPTIONS)
    const { accessToken, answer } = await signIn(server)
    expect(answer.body['expires_in']).toBe(WEEK_S)
    expect(answer.body).not.toHaveProperty('refresh_token')
    const renewed = await postAs(server, accessToken, '/auth/renew')
    expect(renewed).toMatchObject({ status: 200, setCookies: [], body: { expires_in: WEEK_S } })
    const token = renewed.body.access_token ?? ''
    expect(decodeJwt(token)).toMatchObject({ use: 'renew', sid: decodeJwt(accessToken)['sid'] })
    expect((await call(server, token)).status).toBe(200)
  })

  test('a renewal may be repeated, with the same token and the same key', async () => {
    const server = await start(OPTIONS)
    const { accessToken, sid } = await signIn(server)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => postAs(server, accessToken, '/auth/renew')),
    )
    for (const { status, body } of answers)
      expect({ status, sid: body.sid }).toEqual({ status: 200, sid })
    expect(await endedReason(server, sid)).toBeNull()
  })

  test('an expired token is never accepted for a new one: not by a second, and not in a session that lives', async () => {
    const server = await start(OPTIONS)
    const { accessToken, sid } = await signIn(server)
    const { exp = 0 } = decodeJwt(accessToken)
    moveClock(exp * 1000 - Date.now() - 10_000)
    const inTime = await postAs(server, accessToken, '/auth/renew')
    expect(inTime.status).toBe(200)
    moveClock(exp * 1000 - Date.now() + 1)
    const late = await postAs(server, accessToken, '/auth/renew')
    expect(late).toMatchObject({ status: 401, body: { error: 'invalid_grant' } })
    expect(late.body).not.toHaveProperty('access_token')
    expect(await endedReason(server, sid)).toBeNull()
  })

  test('the limit of the session does not move, and no token outlives it', async () => {
    const server = await start({ ...OPTIONS, sessionTtlS: 2 * WEEK_S })
    const { accessToken, sid } = await signIn(server)
    await age(server, sid, WEEK_S - 60)
    expect((await postAs(server, accessToken, '/auth/renew')).body['expires_in']).toBe(WEEK_S)
    await age(server, sid, WEEK_S - 3600)
    const last = await postAs(server, accessToken, '/auth/renew')
    expect(last.body['expires_in']).toBeLessThanOrEqual(3660)
    await age(server, sid, 3660)
    const over = await postAs(server, accessToken, '/auth/renew')
    expect(over).toMatchObject({ status: 401, body: { error: 'session_expired' } })
  })

  test('a logout shows the token, ends its session, and nothing is renewed after it', async () => {
    const server = await start(OPTIONS)
    const { accessToken, sid, username, password } = await signIn(server)
    const other = await signIn(server, {}, { username, password })
    for (const [what, wrong] of [
      ['everywhere', 'yes'],
      ['sid', 7],
    ] as const) {
      const unclear = await postAs(server, accessToken, '/auth/logout', { [what]: wrong })
      expect(unclear).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    }
    const misnamed = await postAs(server, accessToken, '/auth/logout', { sid: other.sid })
    expect(misnamed.status).toBe(401)
    expect((await postAs(server, accessToken, '/auth/logout', { sid })).status).toBe(204)
    const refused = await postAs(server, accessToken, '/auth/renew')
    expect(refused).toMatchObject({ status: 401, body: { error: 'session_revoked' } })
    expect((await postAs(server, other.accessToken, '/auth/renew')).status).toBe(200)
    await postAs(server, other.accessToken, '/auth/logout', { sid: other.sid, everywhere: true })
    expect(await endedReason(server, other.sid)).toBe('logout_everywhere')
  })
})
