import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  age,
  drawKey,
  isAlive,
  logIn,
  MODES,
  refresh,
  type Refreshed,
  type RefreshOptions,
  type Session,
  type Token,
} from './clients.ts'
import { onEachDatabase, type Start, type TestServer } from './harness.ts'

const ACCESS_S = 100
const IDLE_S = 900
/** The server hears of activity with renewals only, so it waits for one access lifetime more. */
const LIMIT_S = IDLE_S + ACCESS_S
const SESSION_S = 5000

onEachDatabase((start) => {
  describe.each(MODES)('with the token in the %s', (mode) => {
    test('silence gains nothing: a session that renews and reports no activity ends with the limit', async () => {
      const client = await signIn(start, mode)
      for (let renewal = 0; renewal < 9; renewal++) {
        await client.pass(100)
        expect((await client.renew()).status).toBe(200)
      }
      await client.pass(90)
      expect((await client.renew()).status).toBe(200)
      await client.pass(20)
      expectIdle(await client.renew())
    })

    test('a page that polls, and tells how long its user has been away, ends with the limit', async () => {
      const client = await signIn(start, mode)
      for (let awayS = 90; awayS < LIMIT_S; awayS += 90) {
        await client.pass(90)
        expect((await client.renew({ idleMs: awayS * 1000 })).status).toBe(200)
      }
      await client.pass(90)
      expectIdle(await client.renew({ idleMs: 1_080_000 }))
    })

    test('activity keeps a session alive, counted from when it was and not from when it was told', async () => {
      const client = await signIn(start, mode)
      await client.pass(990)
      expect((await client.renew({ idleMs: 0 })).status).toBe(200)
      await client.pass(990)
      expect((await client.renew({ idleMs: 500_000 })).status).toBe(200)
      await client.pass(490)
      expect((await client.renew()).status).toBe(200)
      await client.pass(20)
      expectIdle(await client.renew())
    })

    test('activity that is reported too late brings no session back', async () => {
      const client = await signIn(start, mode)
      await client.pass(LIMIT_S)
      expectIdle(await client.renew({ idleMs: 0 }))
      expectIdle(await client.renew({ idleMs: 0 }))
    })

    test('neither a repeated answer (S4) nor the same token again (S3) is activity', async () => {
      const client = await signIn(start, mode)
      const { server, session } = client
      const key = drawKey()
      const second = await refresh(server, mode, session, { key, idleMs: 0 })
      await client.pass(990)
      const repeat = { key, idleMs: 0 }
      expect((await refresh(server, mode, session, repeat)).status).toBe(200)
      expect((await refresh(server, mode, tokenOf(second), { ...repeat, seq: 1 })).status).toBe(200)
      expect(server.rows()).toEqual(['S2', 'S4', 'S3'])
      await client.pass(20)
      expectIdle(await refresh(server, mode, session, repeat))
      expectIdle(await refresh(server, mode, tokenOf(second), { ...repeat, seq: 1 }))
    })
  })

  test('a smaller idle time than before is activity, a greater one takes none back', async () => {
    const client = await signIn(start)
    await client.pass(500)
    for (const idleMs of [0, 400_000, Number.MAX_VALUE])
      expect((await client.renew({ idleMs })).status).toBe(200)
    await client.pass(990)
    expect((await client.renew()).status).toBe(200)
  })

  test('a user who came to the page long before logging in is not idle from before the login', async () => {
    const client = await signIn(start)
    expect((await client.renew({ idleMs: 3_600_000 })).status).toBe(200)
    await client.pass(990)
    expect((await client.renew()).status).toBe(200)
  })

  test('activity does not move the session limit, and the earlier of the two is the one that is named', async () => {
    const busy = await signIn(start)
    for (let renewal = 1; renewal < 10; renewal++) {
      await busy.pass(500)
      const { status, body } = await busy.renew({ idleMs: 0 })
      expect(status).toBe(200)
      busy.expectLeft(body.session_expires_in, SESSION_S - renewal * 500)
    }
    await busy.pass(500)
    const answer = await busy.renew({ idleMs: 0 })
    expect(answer).toMatchObject({ status: 401, body: { error: 'session_expired' } })

    const idle = await signIn(start)
    await idle.pass(SESSION_S)
    expectIdle(await idle.renew())
  })

  test('no access token outlives the idle limit by more than the server has waited for it', async () => {
    const client = await signIn(start)
    await client.pass(970)
    const { body } = await client.renew()
    client.expectLeft(body.expires_in, 30)
    const { exp = 0, iat = 0 } = decodeJwt(body.access_token ?? '')
    expect(exp - iat).toBeLessThanOrEqual(30)
  })

  test('a login can have shorter limits than the server has, and no longer ones', async () => {
    const short = await signIn(start, 'body', { idle_ttl_s: 60, session_ttl_s: 600 })
    short.expectLeft(short.session.answer.body.session_expires_in, 600)
    await short.pass(60 + ACCESS_S)
    expectIdle(await short.renew())

    const long = await signIn(start, 'body', { idle_ttl_s: 1e9, session_ttl_s: 1e9 })
    long.expectLeft(long.session.answer.body.session_expires_in, SESSION_S)
    await long.pass(LIMIT_S)
    expectIdle(await long.renew())
  })

  test('without an idle limit, the session of a client that reports no activity lives on', async () => {
    const server = await start({ sessionTtlS: SESSION_S })
    const session = await logIn(server, 'body')
    await age(server, session.sid, 4 * LIMIT_S)
    expect(await isAlive(server, session)).toBe(true)
  })
})

interface Client {
  readonly server: TestServer
  readonly session: Session
  pass(seconds: number): Promise<void>
  /** Spends the token it has for the next one. */
  renew(options?: RefreshOptions): Promise<Refreshed>
  /** Expects `left` to be `seconds`, less what has really gone by since the login began. */
  expectLeft(left: number | undefined, seconds: number): void
}

async function signIn(
  start: Start,
  mode: Session['mode'] = 'body',
  wishes: Readonly<Record<string, unknown>> = {},
): Promise<Client> {
  const server = await start({ accessTtlS: ACCESS_S, idleTtlS: IDLE_S, sessionTtlS: SESSION_S })
  const startedAt = performance.now()
  const session = await logIn(server, mode, undefined, wishes)
  let token: Token = session
  return {
    server,
    session,
    pass: (seconds) => age(server, session.sid, seconds),
    async renew(options) {
      const answer = await refresh(server, mode, token, options)
      token = answer.token ?? token
      return answer
    },
    expectLeft(left, seconds) {
      // What is left of a limit is rounded down, and so is the end of a token that ends with it.
      const passedS = Math.ceil((performance.now() - startedAt) / 1000) + 1
      expect(left).toBeLessThanOrEqual(seconds)
      expect(left).toBeGreaterThanOrEqual(seconds - passedS)
    },
  }
}

function expectIdle(answer: Refreshed): void {
  expect(answer).toMatchObject({ status: 401, body: { error: 'session_idle' } })
  expect(answer.token).toBeUndefined()
  expect(answer.body.access_token).toBeUndefined()
}

function tokenOf({ token }: Refreshed) {
  if (token === undefined) throw new Error('No token came.')
  return token
}
