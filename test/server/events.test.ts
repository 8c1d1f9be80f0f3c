import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createEventStreams } from '../../demo/extensions/events/event-streams.ts'
import { changeAccount } from '../../demo/extensions/revocations/change-account.ts'
import { tell } from '../../demo/extensions/revocations/session-news.ts'
import { isAlive, logIn, logOut, read, refresh, type Session } from './clients.ts'
import { openStream } from './event-stream.ts'
import { onEachDatabase, onPostgres, type TestServer } from './harness.ts'

const DAY_S = 24 * 3_600

onEachDatabase((start) => {
  test('a session that is ended hears of it on whichever instance it listens, and no other session does', async () => {
    const [here, there] = [await start(), await start()]
    const own = await logIn(here, 'body')
    const other = await logIn(here, 'body', own)
    const [first, second, others] = [
      await openStream(here, own.accessToken),
      await openStream(there, own.accessToken),
      await openStream(there, other.accessToken),
    ]
    await end(here, other, own.sid)
    for (const stream of [first, second]) {
      await expect.poll(stream.isOver).toBe(true)
      expect(stream.events()).toMatchObject([
        { event: 'revoked', data: { reason: 'ended_by_owner' } },
      ])
      expect(stream.events()[0]?.id).toMatch(/^\d+$/)
    }
    expect(others.events()).toEqual([])
    expect(others.isOver()).toBe(false)
    others.abort()
  })

  test('when the claims have changed, all sessions of the account are asked to renew, and go on listening', async () => {
    const [here, there] = [await start(), await start()]
    const own = await logIn(here, 'body')
    const other = await logIn(here, 'body', own)
    const stranger = await logIn(here, 'body')
    const streams = [
      await openStream(here, own.accessToken),
      await openStream(there, other.accessToken),
    ]
    const strangers = await openStream(there, stranger.accessToken)
    await promote(here, own.username)
    for (const stream of streams) {
      await expect.poll(stream.events).toMatchObject([{ event: 'renew', data: {} }])
      expect(stream.isOver()).toBe(false)
      stream.abort()
    }
    expect(strangers.events()).toEqual([])
    strangers.abort()
    // Who comes back with the old token is told to renew as well.
    expect((await openStream(there, own.accessToken)).status).toBe(401)
    const renewed = await refresh(there, 'body', own)
    const again = await openStream(there, renewed.body.access_token ?? '')
    expect(again.status).toBe(200)
    again.abort()
  })
})

onPostgres((start) => {
  test('a token that lives for longer than timers count is listened with all the same', async () => {
    const server = await start({
      accessTtlS: 40 * DAY_S,
      refreshTtlS: 50 * DAY_S,
      sessionTtlS: 60 * DAY_S,
    })
    const own = await logIn(server, 'body')
    const stream = await openStream(server, own.accessToken)
    const other = await logIn(server, 'body', own)
    await end(server, other, own.sid)
    await expect.poll(stream.isOver).toBe(true)
    expect(stream.events()).toMatchObject([{ event: 'revoked' }])
  })

  test('a HEAD request opens no stream', async () => {
    const server = await start({ streamsPerAccount: 1 })
    const own = await logIn(server, 'body')
    const headers = { authorization: `Bearer ${own.accessToken}` }
    for (let time = 0; time < 3; time++)
      expect((await fetch(`${server.url}/auth/events`, { method: 'HEAD', headers })).status).toBe(
        200,
      )
    const stream = await openStream(server, own.accessToken)
    expect(stream.status).toBe(200)
    stream.abort()
  })

  test('a stream first says how soon to reconnect, and that it must not be cached', async () => {
    const server = await start()
    const stream = await openStream(server, (await logIn(server, 'body')).accessToken)
    await expect.poll(stream.text).toBe('retry: 2000\n\n')
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    expect(stream.headers.get('cache-control')).toMatch(/no-(cache|store)/)
    stream.abort()
  })

  test.each([
    ['none', () => ''],
    ['one that is none', () => 'nonsense'],
    [
      'one whose session has ended',
      async (server: TestServer) => {
        const session = await logIn(server, 'body')
        await logOut(server, 'body', session)
        return session.accessToken
      },
    ],
  ])('without a good access token there is no stream: %s', async (_, tokenFor) => {
    const server = await start()
    const token = await tokenFor(server)
    await expect.poll(async () => (await openStream(server, token)).status).toBe(401)
  })

  test('a stream ends when its access token does, and the session lives on', async () => {
    const server = await start({ accessTtlS: 1 })
    const session = await logIn(server, 'body')
    const stream = await openStream(server, session.accessToken)
    await expect.poll(stream.isOver).toBe(true)
    expect(stream.events()).toEqual([])
    expect(await isAlive(server, session)).toBe(true)
  })

  test('an account has a limited number of streams, and nothing is left of those whose browser has gone', async () => {
    const server = await start({ streamsPerAccount: 2 })
    const session = await logIn(server, 'body')
    const open = () => openStream(server, session.accessToken)
    const streams = [await open(), await open()]
    expect(streams.map(({ status }) => status)).toEqual([200, 200])
    const tooMany = await read(await fetchStream(server, session))
    expect(tooMany).toMatchObject({ status: 429, body: { error: 'too_many_streams' } })
    expect(tooMany.headers.get('content-type')).toContain('application/json')
    expect(tooMany.headers.get('retry-after')).toBe('60')
    for (const stream of streams) stream.abort()
    await expect.poll(() => countRoom(open)).toBe(2)
  })

  test('a server that closes ends its streams, and waits for none of them', async () => {
    const server = await start()
    const session = await logIn(server, 'body')
    const stream = await openStream(server, session.accessToken)
    await server.close()
    await expect.poll(stream.isOver).toBe(true)
    expect(stream.events()).toEqual([])
  })

  test('a page of an allowed origin may listen, and no other', async () => {
    const server = await start({ allowedOrigins: ['https://app.example'] })
    const ask = async (origin: string) => {
      const { headers } = await fetch(`${server.url}/auth/events`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'GET' },
      })
      return headers
    }
    const allowed = await ask('https://app.example')
    expect(allowed.get('access-control-allow-headers')?.toLowerCase()).toContain('last-event-id')
    expect((await ask('https://evil.example')).has('access-control-allow-origin')).toBe(false)
  })
})

describe('the open streams', () => {
  test('are sent a pulse every 15 seconds', () => {
    vi.useFakeTimers()
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const streams = createEventStreams(
      { subscribe: () => () => undefined },
      { streamsPerAccount: 20 },
    )
    onTestFinished(() => streams.close())
    let pulses = 0
    const leave = streams.add({
      claims: { sub: 'someone', sid: 'some', exp: Date.now() / 1000 + 600 },
      send: () => undefined,
      sendPulse: () => (pulses += 1),
      end: () => undefined,
    })
    vi.advanceTimersByTime(45_000)
    expect(pulses).toBe(3)
    leave()
    expect(streams.size).toBe(0)
    vi.advanceTimersByTime(45_000)
    expect(pulses).toBe(3)
  })
})

/** How many streams can be opened, of three. */
async function countRoom(open: () => ReturnType<typeof openStream>): Promise<number> {
  const streams = [await open(), await open(), await open()]
  for (const stream of streams) stream.abort()
  return streams.filter(({ status }) => status === 200).length
}

function fetchStream({ url }: TestServer, { accessToken }: Session): Promise<Response> {
  return fetch(`${url}/auth/events`, { headers: { authorization: `Bearer ${accessToken}` } })
}

async function promote(server: TestServer, username: string): Promise<void> {
  const [account] = await server.database.query<{ id: string }>(
    'SELECT id FROM accounts WHERE username = $1',
    [username],
  )
  const news = await changeAccount(server.database, account?.id ?? '', { role: 'admin' })
  if (news) await tell(server.database, news)
}

function end(server: TestServer, { accessToken }: Session, sid: string): Promise<Response> {
  const headers = { authorization: `Bearer ${accessToken}`, 'x-requested-with': 'test' }
  return fetch(`${server.url}/auth/sessions/${sid}`, { method: 'DELETE', headers })
}
