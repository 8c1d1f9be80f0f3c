import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { moveClock } from '../../support/moved-clock.ts'
import { drawKey, endedReason, logIn, post, refresh, type Answer, type Token } from '../clients.ts'
import { onEachDatabase, type TestServer } from '../harness.ts'
import { signIn } from './bearers.ts'

const OPTIONS = { mode: 'pair', accessTtlS: 600 } as const

interface Pair extends Token {
  readonly accessToken: string
}

onEachDatabase((start) => {
  test('a refresh token renews beside the access token that came with it, rotation after rotation', async () => {
    const server = await start(OPTIONS)
    let pair: Pair = await logIn(server, 'body')
    for (let rotation = 0; rotation < 3; rotation++)
      pair = pairIn(await renew(server, pair, pair.accessToken))
    expect(server.rows()).toEqual(['S2', 'S2', 'S2'])
  })

  test('the access token of a pair may have expired', async () => {
    const server = await start(OPTIONS)
    const pair = await logIn(server, 'body')
    moveClock(3_600_000)
    expect((await renew(server, pair, pair.accessToken)).status).toBe(200)
  })

  test.each([
    ['no access token', () => undefined],
    ['one that is none', () => 'x.y.z'],
    ['the access token of an earlier pair', (first: Pair) => first.accessToken],
    ['the access token of somebody else', (_: Pair, other: Pair) => other.accessToken],
    [
      'one with another signature',
      (_: Pair, __: Pair, own: Pair) => `${own.accessToken.slice(0, -4)}AAAA`,
    ],
    [
      'one that names the right token, unsigned',
      (_: Pair, __: Pair, own: Pair) => unsigned(own.accessToken),
    ],
  ])('a refresh token with %s is refused, and its family is over', async (_, choose) => {
    const server = await start(OPTIONS)
    const other = await logIn(server, 'body')
    const first = await logIn(server, 'body')
    const own = pairIn(await renew(server, first, first.accessToken))
    const refused = await renew(server, own, choose(first, other, own))
    expect(refused).toMatchObject({ status: 401, body: { error: 'session_revoked' } })
    expect(refused.body).not.toHaveProperty('access_token')
    expect(await endedReason(server, own.sid)).toBe('pair_mismatch')
    expect((await renew(server, own, own.accessToken)).status).toBe(401)
    expect((await renew(server, other, other.accessToken)).status).toBe(200)
    expect(server.log).toContainEqual(
      expect.objectContaining({ event: 'ended', reason: 'pair_mismatch' }),
    )
  })

  test('a repeated request (S4) is answered with the same refresh token, and either access token belongs to it', async () => {
    const server = await start(OPTIONS)
    const first = await logIn(server, 'body')
    const key = drawKey()
    const answers = [
      pairIn(await renew(server, first, first.accessToken, key)),
      pairIn(await renew(server, first, first.accessToken, key)),
    ] as const
    expect(server.rows()).toEqual(['S2', 'S4'])
    expect(answers[1].token).toBe(answers[0].token)
    expect(answers[1].accessToken).not.toBe(answers[0].accessToken)
    // Two tabs may each have one of the two, and ask at once.
    const next = drawKey()
    for (const { accessToken } of answers)
      expect((await renew(server, answers[0], accessToken, next)).status).toBe(200)
    expect(server.rows()).toEqual(['S2', 'S4', 'S2', 'S4'])
  })

  test('reuse is reported as ever, for requests with a whole pair', async () => {
    const server = await start(OPTIONS)
    const first = await logIn(server, 'body')
    await renew(server, first, first.accessToken)
    const stolen = await renew(server, first, first.accessToken)
    expect(stolen).toMatchObject({ status: 401, body: { error: 'reuse_detected' } })
  })

  test('a page that would lose one half is refused before there is an account or a session', async () => {
    const server = await start(OPTIONS)
    const login = { username: 'pair-in-a-cookie', password: 'correct horse battery' }
    expect((await post(server, '/auth/register', login)).status).toBe(400)
    expect((await post(server, '/auth/login', login)).body.error).toBe('invalid_credentials')
  })

  test('an account may be bound on a server where others are not', async () => {
    const server = await start()
    const { username, password } = await signIn(server)
    await server.database.query(`UPDATE accounts SET mode = 'pair' WHERE username = $1`, [username])
    const bound = await logIn(server, 'body', { username, password })
    const free = await logIn(server, 'body')
    expect((await refresh(server, 'body', free)).status).toBe(200)
    expect((await renew(server, bound, undefined)).status).toBe(401)
  })
})

function renew(
  server: TestServer,
  { sid, seq, token }: Token,
  accessToken: string | undefined,
  key: string = drawKey(),
): Promise<Answer> {
  const body = { sid, seq, refresh_token: token, access_token: accessToken }
  return post(server, '/auth/refresh', body, { 'idempotency-key': key })
}

function pairIn({ body }: Answer): Pair {
  const { sid = '', seq = 0, refresh_token: token = '', access_token: accessToken = '' } = body
  expect(accessToken).not.toBe('')
  return { sid, seq, token, accessToken }
}

function unsigned(token: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url')
  const payload = Buffer.from(JSON.stringify(decodeJwt(token))).toString('base64url')
  return `${header}.${payload}.`
}
