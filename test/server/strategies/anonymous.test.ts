import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { moveClock } from '../../support/moved-clock.ts'
import { post, type Answer } from '../clients.ts'
import { onEachDatabase, type TestServer } from '../harness.ts'
import { call, postAs, signIn } from './bearers.ts'

onEachDatabase((start) => {
  test('every page that asks gets a token for the part of the API that needs no account', async () => {
    const server = await start()
    const answer = await ask(server)
    expect(answer).toMatchObject({
      status: 200,
      setCookies: [],
      body: { token_type: 'Bearer', expires_in: 600 },
    })
    const token = tokenIn(answer)
    const visit = await call(server, token, '/api/visit')
    expect(visit).toMatchObject({ status: 200, body: { sub: decodeJwt(token).sub } })
    expect(decodeJwt(token).sub).toMatch(/^anonymous:/)
    expect(decodeJwt(tokenIn(await ask(server))).sub).not.toBe(decodeJwt(token).sub)
    expect(await server.database.query('SELECT FROM latchkey_sessions')).toHaveLength(0)
  })

  test('a visitor with a token stays the same one, also for a while after it has expired', async () => {
    const server = await start({ accessTtlS: 600, refreshTtlS: 3600 })
    const token = tokenIn(await ask(server))
    const again = tokenIn(await postAs(server, token, '/auth/anonymous'))
    expect(decodeJwt(again).sub).toBe(decodeJwt(token).sub)
    moveClock(4_000_000)
    expect((await call(server, token, '/api/visit')).status).toBe(401)
    const late = tokenIn(await postAs(server, token, '/auth/anonymous'))
    expect(decodeJwt(late).sub).toBe(decodeJwt(token).sub)
    moveClock(300_000)
    const tooLate = await postAs(server, token, '/auth/anonymous')
    expect(tooLate).toMatchObject({ status: 401, body: { error: 'invalid_grant' } })
  })

  test('an address has a limited number of visitors, which keeps no user there from logging in', async () => {
    const server = await start({ visitorsPerAddress: 3 })
    await server.database.query('DELETE FROM attempts')
    const token = tokenIn(await ask(server))
    await ask(server)
    await ask(server)
    const refused = await ask(server)
    expect(refused).toMatchObject({ status: 429, body: { error: 'too_many_attempts' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await postAs(server, token, '/auth/anonymous')).status).toBe(200)
    await signIn(server)
  })
})

function ask(server: TestServer): Promise<Answer> {
  return post(server, '/auth/anonymous', {})
}

function tokenIn({ body }: Answer): string {
  expect(body.access_token).toBeDefined()
  return body.access_token ?? ''
}
