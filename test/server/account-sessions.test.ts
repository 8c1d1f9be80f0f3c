import { describe, expect, test } from 'vitest'
import {
  age,
  drawKey,
  endedReason,
  endSilently,
  isAlive,
  logIn,
  logOut,
  MODES,
  post,
  read,
  refresh,
  type Session,
} from './clients.ts'
import { onEachDatabase, type TestServer } from './harness.ts'

interface Listed {
  readonly sid: string
  readonly device: string | null
  readonly created_at: string
  readonly last_seen_at: string
  readonly current: boolean
}

onEachDatabase((start) => {
  describe.each(MODES)('with the token in the %s', (mode) => {
    test('the list has every session of the account, and says which one is the caller’s', async () => {
      const server = await start()
      const phone = await logIn(server, mode)
      const laptop = await logIn(server, mode, phone)
      await logIn(server, mode)
      expect(await list(server, phone)).toMatchObject([
        { sid: laptop.sid, current: false },
        { sid: phone.sid, current: true },
      ])
    })

    test('ending one ends that one alone', async () => {
      const server = await start()
      const phone = await logIn(server, mode)
      const [laptop, tablet] = [await logIn(server, mode, phone), await logIn(server, mode, phone)]
      expect((await end(server, phone, laptop.sid)).status).toBe(204)
      expect(await endedReason(server, laptop.sid)).toBe('ended_by_owner')
      expect((await list(server, phone)).map(({ sid }) => sid)).toEqual([tablet.sid, phone.sid])
      expect(await refresh(server, mode, laptop)).toMatchObject({
        status: 401,
        body: { error: 'session_revoked' },
      })
      expect(await isAlive(server, phone)).toBe(true)
      expect(await isAlive(server, tablet)).toBe(true)
    })
  })

  test('a session is called what its login said', async () => {
    const server = await start()
    const login = { username: `user-${drawKey()}`, password: drawKey(), delivery: 'body' }
    const { body } = await post(server, '/auth/register', { ...login, device: 'iPad, kitchen' })
    const [listed] = await list(server, { accessToken: body.access_token ?? '' })
    expect(listed).toMatchObject({ device: 'iPad, kitchen' })
  })

  test('a session was last seen when it renewed its token', async () => {
    const server = await start()
    const session = await logIn(server, 'body')
    await age(server, session.sid, 3600)
    const [before] = await list(server, session)
    expect(before?.last_seen_at).toBe(before?.created_at)
    await refresh(server, 'body', session)
    const [after] = await list(server, session)
    expect(after?.created_at).toBe(before?.created_at)
    const laterMs = Date.parse(after?.last_seen_at ?? '') - Date.parse(after?.created_at ?? '')
    expect(laterMs).toBeGreaterThanOrEqual(3_600_000)
  })

  test('sessions that are over are not listed', async () => {
    const server = await start()
    const here = await logIn(server, 'body')
    const [left, idle] = [await logIn(server, 'body', here), await logIn(server, 'body', here)]
    await logOut(server, 'body', left)
    await age(server, idle.sid, 8 * 24 * 3600)
    expect((await list(server, here)).map(({ sid }) => sid)).toEqual([here.sid])
  })

  test("a stranger's session can neither be seen nor ended, nor told from one that is not there", async () => {
    const server = await start()
    const [one, stranger] = [await logIn(server, 'body'), await logIn(server, 'body')]
    const answer = await end(server, one, stranger.sid)
    expect(answer).toMatchObject({ status: 404, body: { error: 'not_found' } })
    expect((await end(server, one, 'nothing')).body).toEqual(answer.body)
    expect(await isAlive(server, stranger)).toBe(true)
  })

  test('an access token whose session is over, though the instance has not heard of it yet, shows nothing and ends nothing', async () => {
    const server = await start()
    const lost = await logIn(server, 'body')
    const here = await logIn(server, 'body', lost)
    await endSilently(server, lost.sid)
    expect(await ask(server, lost, 'GET', '/auth/sessions')).toMatchObject({
      status: 401,
      body: { error: 'session_revoked' },
    })
    expect((await end(server, lost, here.sid)).status).toBe(404)
    expect((await ask(server, lost, 'DELETE', '/auth/sessions')).body).toEqual({ ended: 0 })
    expect(await isAlive(server, here)).toBe(true)
  })

  test('a request without an access token is refused, whatever cookie comes along', async () => {
    const server = await start()
    const { sid, seq, token } = await logIn(server, 'cookie')
    const headers = { cookie: `rt-${sid}-${seq}=${token}`, 'x-requested-with': 'test' }
    for (const [method, path] of [
      ['GET', '/auth/sessions'],
      ['DELETE', `/auth/sessions/${sid}`],
    ] as const) {
      const { status } = await fetch(server.url + path, { method, headers })
      expect(status).toBe(401)
    }
    expect(await endedReason(server, sid)).toBe(null)
  })
})

async function list(
  server: TestServer,
  session: Pick<Session, 'accessToken'>,
): Promise<readonly Listed[]> {
  const { body } = await ask(server, session, 'GET', '/auth/sessions')
  return body['sessions'] as readonly Listed[]
}

function end(server: TestServer, session: Session, sid: string) {
  return ask(server, session, 'DELETE', `/auth/sessions/${sid}`)
}

async function ask(
  server: TestServer,
  { accessToken }: Pick<Session, 'accessToken'>,
  method: 'GET' | 'DELETE',
  path: string,
) {
  const headers = { authorization: `Bearer ${accessToken}`, 'x-requested-with': 'test' }
  return read(await fetch(server.url + path, { method, headers }))
}
