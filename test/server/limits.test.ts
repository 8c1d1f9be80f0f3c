import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  age,
  drawKey,
  endedReason,
  logIn,
  maxAgeOf,
  MODES,
  refresh,
  type Refreshed,
  type Token,
} from './clients.ts'
import { onEachDatabase } from './harness.ts'

onEachDatabase((start) => {
  describe.each(MODES)('with the token in the %s', (mode) => {
    test('a login says how long everything lasts', async () => {
      const server = await start({ accessTtlS: 60, refreshTtlS: 1000, sessionTtlS: 5000 })
      const { answer } = await logIn(server, mode)
      expect(answer.body).toMatchObject({
        expires_in: 60,
        refresh_expires_in: about(1000),
        session_expires_in: about(5000),
      })
    })

    test("each rotation moves the refresh token's limit; nothing moves the session limit", async () => {
      const server = await start({ refreshTtlS: 1000, sessionTtlS: 5000 })
      const session = await logIn(server, mode)
      await age(server, session.sid, 900)
      const second = await refresh(server, mode, session)
      expect(second.body).toMatchObject({
        refresh_expires_in: about(1000),
        session_expires_in: about(4100),
      })
      await age(server, session.sid, 900)
      const third = await refresh(server, mode, tokenOf(second))
      expect(third.body).toMatchObject({
        refresh_expires_in: about(1000),
        session_expires_in: about(3200),
      })
    })

    test('a refresh token that was not used for too long is worthless', async () => {
      const server = await start({ refreshTtlS: 1000 })
      const session = await logIn(server, mode)
      await age(server, session.sid, 1000)
      const answer = await refresh(server, mode, session)
      expect(answer).toMatchObject({
        status: 401,
        body: {
          error: 'invalid_grant',
          error_description: 'This refresh token has not been used for too long.',
        },
      })
      expect(server.rows()).toEqual(['S1'])
    })

    test('a family past its session limit is over, however busy it was', async () => {
      const server = await start({ refreshTtlS: 1000, sessionTtlS: 1500 })
      const session = await logIn(server, mode)
      await age(server, session.sid, 900)
      const second = await refresh(server, mode, session)
      expect(second.body).toMatchObject({
        refresh_expires_in: about(600),
        session_expires_in: about(600),
      })
      await age(server, session.sid, 600)
      const answer = await refresh(server, mode, tokenOf(second))
      expect(answer).toMatchObject({
        status: 401,
        body: { error: 'session_expired' },
      })
    })

    test("neither a repeated answer (S4) nor the same token again (S3) moves the refresh token's limit", async () => {
      const server = await start({ refreshTtlS: 1000 })
      const session = await logIn(server, mode)
      const key = drawKey()
      const second = tokenOf(await refresh(server, mode, session, { key }))
      await age(server, session.sid, 400)
      const repeated = await refresh(server, mode, session, { key })
      const same = await refresh(server, mode, second, { key, seq: 1 })
      expect(server.rows()).toEqual(['S2', 'S4', 'S3'])
      for (const { body } of [repeated, same]) expect(body.refresh_expires_in).toEqual(about(600))
    })

    test('the cookie lives no longer than the token in it', async () => {
      const server = await start({ refreshTtlS: 1000 })
      const session = await logIn(server, mode)
      const key = drawKey()
      await refresh(server, mode, session, { key })
      await age(server, session.sid, 400)
      const { setCookies } = await refresh(server, mode, session, { key })
      const kept = setCookies.filter(({ value }) => value !== '')
      expect(kept).toHaveLength(mode === 'cookie' ? 1 : 0)
      for (const cookie of kept) expect(maxAgeOf(cookie)).toEqual(about(600))
    })
  })

  test('an access token never outlives the session, and lives as long as the answer says', async () => {
    const server = await start({ accessTtlS: 600, sessionTtlS: 1000 })
    const session = await logIn(server, 'body')
    await age(server, session.sid, 700)
    const { body } = await refresh(server, 'body', session)
    expect(body.session_expires_in).toEqual(about(300))
    expect(body.expires_in).toEqual(about(300))
    const { exp = 0, iat = 0 } = decodeJwt(body.access_token ?? '')
    expect(exp - iat).toBeLessThanOrEqual(300)
    expect(exp - iat).toBeGreaterThanOrEqual(body.expires_in ?? 0)
  })

  test('housekeeping forgets sessions a day past their limit, and no others', async () => {
    const server = await start({ sessionTtlS: 1000 })
    const [old, young] = [await logIn(server, 'body'), await logIn(server, 'body')]
    await age(server, old.sid, 2 * 24 * 3600)
    await (await start()).close()
    await expect(endedReason(server, old.sid)).rejects.toThrow('no such session')
    expect(await endedReason(server, young.sid)).toBeNull()
  })
})

function tokenOf({ token }: Refreshed): Token {
  if (token === undefined) throw new Error('No token came.')
  return token
}

/** So many seconds, give or take what a busy machine takes. */
function about(seconds: number): number {
  return expect.closeTo(seconds, -1) as number
}
