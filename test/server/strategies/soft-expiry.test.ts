import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { moveClock } from '../../support/moved-clock.ts'
import { logIn, MODES, read, refresh } from '../clients.ts'
import { onEachDatabase } from '../harness.ts'
import { call, signIn } from './bearers.ts'

const OPTIONS = { mode: 'soft', accessTtlS: 600, softTtlS: 300 } as const

onEachDatabase((start) => {
  describe.each(MODES)('with the refresh token in the %s', (mode) => {
    test('the API asks for a renewal after the soft time, and speaks of the end after the hard one', async () => {
      const server = await start(OPTIONS)
      const session = await logIn(server, mode)
      const { accessToken, answer } = session
      expect(answer.body).toMatchObject({ expires_in: 600, soft_expires_in: 300 })
      const { iat = 0, exp = 0, soft_exp } = decodeJwt<{ soft_exp: number }>(accessToken)
      expect(soft_exp).toBeLessThan(exp)
      expect((await call(server, accessToken)).status).toBe(200)

      moveClock(soft_exp * 1000 - Date.now() + 1)
      for (const path of ['/api/me', '/api/notes', '/auth/sessions']) {
        const asked = await call(server, accessToken, path)
        expect(asked).toMatchObject({
          status: 401,
          body: { error: 'invalid_token', code: 'EXPIRED_TOKEN' },
        })
        expect(asked.headers.get('www-authenticate')).toContain('error="invalid_token"')
      }
      const renewed = await refresh(server, mode, session)
      expect(renewed.status).toBe(200)

      moveClock((exp - iat) * 1000)
      expect(await call(server, accessToken)).toMatchObject({
        status: 401,
        body: { code: 'INVALID_TOKEN' },
      })
    })
  })

  test('a token that is none is called invalid, and one that is missing is not', async () => {
    const server = await start(OPTIONS)
    const { accessToken } = await logIn(server, 'body')
    const broken = await call(server, `${accessToken.slice(0, -4)}AAAA`)
    expect(broken).toMatchObject({ status: 401, body: { code: 'INVALID_TOKEN' } })
    const none = await read(await fetch(`${server.url}/api/me`))
    expect(none.body).not.toHaveProperty('code')
  })

  test('no token asks to be renewed later than it expires', async () => {
    const server = await start({ ...OPTIONS, sessionTtlS: 100 })
    const { accessToken, answer } = await logIn(server, 'body')
    const { exp, soft_exp } = decodeJwt<{ soft_exp: number }>(accessToken)
    expect(soft_exp).toBe(exp)
    expect(answer.body['soft_expires_in']).toBe(answer.body['expires_in'])
  })

  test('an account may have soft tokens on a server where others do not, and only its answers have codes', async () => {
    const server = await start({ accessTtlS: 600, softTtlS: 300 })
    const plain = await signIn(server, { delivery: 'body' })
    const { username, password } = await signIn(server)
    await server.database.query(`UPDATE accounts SET mode = 'soft' WHERE username = $1`, [username])
    const soft = await signIn(server, { delivery: 'body' }, { username, password })
    moveClock(301_000)
    expect((await call(server, plain.accessToken)).status).toBe(200)
    expect((await call(server, soft.accessToken)).body['code']).toBe('EXPIRED_TOKEN')
    moveClock(300_000)
    expect((await call(server, plain.accessToken)).body).not.toHaveProperty('code')
    expect((await call(server, soft.accessToken)).body['code']).toBe('INVALID_TOKEN')
  })
})
