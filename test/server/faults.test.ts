import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { faults } from '../../demo/page/faults.ts'
import { drawKey, isAlive, logIn, post, read, refresh, type Session } from './clients.ts'
import { onPostgres, type TestServer } from './harness.ts'

onPostgres((start) => {
  const startSpoiled = () => start({ before: [faults] })

  test('a lost answer: the token is spent, and neither body nor cookie tells by what', async () => {
    const server = await startSpoiled()
    const session = await logIn(server, 'cookie')
    const key = drawKey()
    const lost = await refreshWith(server, session, 'lost', key)
    expect(lost).toMatchObject({ status: 502, body: {}, setCookies: [] })
    expect(lost.headers.get('x-demo-fault')).toBe('lost')
    expect(server.rows()).toEqual(['S2'])
    // Which is what the key is for.
    expect((await refresh(server, 'cookie', session, { key })).status).toBe(200)
    expect(server.rows()).toEqual(['S2', 'S4'])
  })

  test('503: nothing is done, and the answer says when to try again', async () => {
    const server = await startSpoiled()
    const session = await logIn(server, 'cookie')
    const answer = await refreshWith(server, session, 'unavailable')
    expect(answer.status).toBe(503)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(server.rows()).toEqual([])
  })

  test('a token is refused as expired by its name, and no other token', async () => {
    const server = await startSpoiled()
    const [one, other] = [await logIn(server, 'body'), await logIn(server, 'body')]
    const fault = `refuse=${String(decodeJwt(one.accessToken).jti)}`
    const refused = await me(server, one, `slow-not, ${fault}`)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"')
    expect((await me(server, other, fault)).status).toBe(200)
    expect((await me(server, one)).status).toBe(200)
  })

  test('a request that asks for no fault gets none', async () => {
    const server = await startSpoiled()
    expect(await isAlive(server, await logIn(server, 'cookie'))).toBe(true)
  })

  test('a server without the demo page knows no faults', async () => {
    const server = await start()
    const answer = await refreshWith(server, await logIn(server, 'cookie'), 'unavailable')
    expect(answer.status).toBe(200)
  })

  test('no page of another site may ask for one', async () => {
    const server = await start({ before: [faults], allowedOrigins: ['https://app.example'] })
    const { headers } = await fetch(`${server.url}/auth/refresh`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    })
    expect(headers.get('access-control-allow-headers')?.toLowerCase()).not.toContain('x-demo-fault')
  })
})

function refreshWith(
  server: TestServer,
  { sid, seq, token }: Session,
  fault: string,
  key?: string,
) {
  const cookie = `rt-${sid}-${seq}=${token}`
  const headers = { cookie, 'x-demo-fault': fault, ...(key && { 'idempotency-key': key }) }
  return post(server, '/auth/refresh', { sid, seq }, headers)
}

async function me(server: TestServer, { accessToken }: Session, fault = '') {
  const headers = { authorization: `Bearer ${accessToken}`, 'x-demo-fault': fault }
  return read(await fetch(`${server.url}/api/me`, { headers }))
}
