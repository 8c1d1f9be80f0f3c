import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { openRevocations } from '../../demo/extensions/revocations/revocations.ts'
import { createSessionStore } from '../../demo/database/session-store.ts'
import { changeAccount } from '../../demo/extensions/revocations/change-account.ts'
import { SESSION_NEWS, tell } from '../../demo/extensions/revocations/session-news.ts'
import {
  endedReason,
  isAlive,
  logIn,
  logOut,
  post,
  read,
  refresh,
  type Session,
} from './clients.ts'
import { onEachDatabase, onPostgres, openPostgres, type TestServer } from './harness.ts'

onEachDatabase((start) => {
  test('notifications of other programs do no harm, and the next real one is heard', async () => {
    const server = await start()
    const own = await logIn(server, 'body')
    for (const payload of ['', 'no JSON', 'null', '7', '{}'])
      await server.database.query('SELECT pg_notify($1, $2)', [SESSION_NEWS, payload])
    await logOut(server, 'body', own)
    await expect.poll(() => statusOf(server, own.accessToken)).toBe(401)
    expect(server.log.map(({ event }) => event)).toContain('session_news_not_understood')
  })

  test.each<[string, (server: TestServer, own: Session, other: Session) => Promise<unknown>]>([
    ['a logout', (server, own) => logOut(server, 'body', own)],
    ['another session of the account', (server, own, other) => end(server, other, own.sid)],
    [
      'a logout everywhere',
      (server, _, other) => logOut(server, 'body', other, { everywhere: true }),
    ],
    [
      'the login that replaces it',
      (server, { username, password, token }) =>
        post(server, '/auth/login', { username, password, refresh_token: token }),
    ],
    [
      'reuse of a refresh token',
      async (server, own) => {
        await refresh(server, 'body', own)
        return refresh(server, 'body', own)
      },
    ],
  ])(
    'an access token is refused on every instance at once when its session was ended by %s',
    async (_, endIt) => {
      const [here, there] = [await start(), await start()]
      const own = await logIn(here, 'body')
      const other = await logIn(here, 'body', own)
      const bystander = await logIn(here, 'body')
      expect(await statusOf(there, own.accessToken)).toBe(200)
      await endIt(here, own, other)
      for (const instance of [here, there])
        await expect.poll(() => statusOf(instance, own.accessToken)).toBe(401)
      const refused = await me(there, own.accessToken)
      expect(refused.body.error).toBe('invalid_token')
      expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"')
      expect(await statusOf(there, bystander.accessToken)).toBe(200)
      expect((await refresh(there, 'body', own)).body.error).toBe('session_revoked')
    },
  )

  test('after a change of the account the old tokens are refused everywhere, and new ones are good in the same second', async () => {
    const [here, there] = [await start(), await start()]
    const session = await logIn(here, 'body')
    let leaf = session
    for (let time = 0; time < 3; time++) {
      await changeRole(here, session.username)
      // Right behind the change: where this is refused, so is everything that somebody does in the second of a change.
      const renewed = await refresh(here, 'body', leaf)
      const fresh = renewed.body.access_token ?? ''
      for (const instance of [here, there]) {
        await expect.poll(() => statusOf(instance, leaf.accessToken)).toBe(401)
        expect(await statusOf(instance, fresh)).toBe(200)
      }
      leaf = { ...session, ...renewed.token, accessToken: fresh }
    }
    expect(await endedReason(here, session.sid)).toBe(null)
  })

  test('a token that is all its client has is refused after a change, and renewed all the same', async () => {
    const server = await start({ mode: 'renew' })
    const { username, body } = await register(server)
    const token = body.access_token ?? ''
    await changeRole(server, username)
    await expect.poll(() => statusOf(server, token)).toBe(401)
    const renewed = await post(server, '/auth/renew', {}, { authorization: `Bearer ${token}` })
    expect(await statusOf(server, renewed.body.access_token ?? '')).toBe(200)
  })

  test('a token with a soft time is told to renew: only the auth server says that the session is over', async () => {
    const server = await start({ mode: 'soft' })
    const session = await logIn(server, 'body')
    await logOut(server, 'body', session)
    await expect.poll(() => statusOf(server, session.accessToken)).toBe(401)
    expect((await me(server, session.accessToken)).body['code']).toBe('EXPIRED_TOKEN')
  })

  test('an instance that starts later refuses what was revoked before', async () => {
    const here = await start()
    const [own, changed] = [await logIn(here, 'body'), await logIn(here, 'body')]
    await logOut(here, 'body', own)
    await changeRole(here, changed.username)
    const later = await start()
    expect(await statusOf(later, own.accessToken)).toBe(401)
    expect(await statusOf(later, changed.accessToken)).toBe(401)
    expect(await isAlive(later, changed)).toBe(true)
  })
})

onPostgres((start) => {
  test('no request asks the database whether its token was revoked', async () => {
    const first = await start()
    const statements: string[] = []
    const database: TestServer['database'] = {
      ...first.database,
      query(statement, parameters) {
        statements.push(statement)
        return first.database.query(statement, parameters)
      },
      transaction(work) {
        statements.push('BEGIN')
        return first.database.transaction(work)
      },
    }
    const server = await start({ database })
    const [good, ended] = [await logIn(server, 'body'), await logIn(server, 'body')]
    await logOut(server, 'body', ended)
    await expect.poll(() => statusOf(server, ended.accessToken)).toBe(401)
    statements.length = 0
    for (let n = 0; n < 50; n++) {
      expect(await statusOf(server, good.accessToken)).toBe(200)
      expect(await statusOf(server, ended.accessToken)).toBe(401)
    }
    expect(statements).toEqual([])
  })
})

describe('the list', () => {
  test('is forgotten when no token can be left that is on it', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const { database, list } = await openList()
    await change(database)
    await expect.poll(() => list.size).toBe(1)
    vi.advanceTimersByTime(600_000)
    expect(list.size).toBe(1)
    vi.advanceTimersByTime(10_000)
    expect(list.size).toBe(0)
  })

  test('remembers the end of a session for as long as its kind of token lives', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const { database, list } = await openList({ accessTtlS: 600, renewTtlS: 6000 })
    for (const ttlS of [600, 6000]) {
      const end = { reason: 'logout', atMs: 1e12, untilMs: 1e12 + ttlS * 1000 }
      await tell(database, { what: 'ended', account: 'someone', sid: `of ${ttlS} s`, ...end })
    }
    await expect.poll(() => list.size).toBe(2)
    vi.advanceTimersByTime(700_000)
    expect(list.size).toBe(1)
    expect(list.refuses({ sub: 'someone', sid: 'of 6000 s' })).toBe(true)
    vi.advanceTimersByTime(5_400_000)
    expect(list.size).toBe(0)
  })

  test('goes by what a token knows, not by when it was issued', async () => {
    const { database, list } = await openList()
    const first = await change(database)
    const second = await change(database)
    expect(second).toBeGreaterThan(first)
    const token = { sub: 'someone', sid: 'some' }
    await expect.poll(() => list.refuses({ ...token, changed_at: first })).toBe(true)
    expect(list.refuses(token)).toBe(true)
    expect(list.refuses({ ...token, changed_at: second })).toBe(false)
    expect(list.refuses({ ...token, sub: 'another' })).toBe(false)
  })

  async function openList(config = { accessTtlS: 600, renewTtlS: 600 }) {
    const database = await openPostgres()
    onTestFinished(() => database.close())
    await database.query(
      `INSERT INTO accounts (id, username, canonical_name, password_hash) VALUES ('someone', 'someone', 'someone', '')`,
    )
    const list = await openRevocations(
      database,
      createSessionStore(database),
      config,
      () => undefined,
    )
    onTestFinished(() => list.close())
    return { database, list }
  }

  async function change(database: TestServer['database']): Promise<number> {
    const news = await changeAccount(database, 'someone')
    if (news) await tell(database, news)
    const [account] = await database.query<{ us: number }>(
      'SELECT (extract(epoch FROM changed_at) * 1000000)::float8 AS us FROM accounts',
    )
    return account?.us ?? NaN
  }
})

onPostgres((start) => {
  test('what an instance has missed while its connection was lost, it reads again', async () => {
    const [here, there] = [await start(), await start()]
    const [own, changed] = [await logIn(here, 'body'), await logIn(here, 'body')]
    const [{ name }] = (await here.database.query<{ name: string }>(
      'SELECT current_database() AS name',
    )) as [{ name: string }]
    const operator = new pg.Client({ connectionString: inject('postgresUrl') })
    await operator.connect()
    onTestFinished(() => operator.end())
    // Those that are there go on, new ones are refused.
    await operator.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
    const cut = await operator.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'LISTEN%'`,
      [name],
    )
    expect(cut.rowCount).toBeGreaterThanOrEqual(2)
    await logOut(here, 'body', own)
    await changeRole(here, changed.username)
    expect(await statusOf(there, own.accessToken)).toBe(200)

    await operator.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
    for (const instance of [here, there]) {
      await expect.poll(() => statusOf(instance, own.accessToken)).toBe(401)
      await expect.poll(() => statusOf(instance, changed.accessToken)).toBe(401)
      expect(instance.log.map(({ event }) => event)).toContain('revocations_read_again')
    }
    // And it listens again.
    const next = await logIn(here, 'body')
    await logOut(here, 'body', next)
    await expect.poll(() => statusOf(there, next.accessToken)).toBe(401)
  })
})

async function register(server: TestServer) {
  const username = `user-${randomUUID()}`
  const answer = await post(server, '/auth/register', { username, password: randomUUID() })
  return { username, body: answer.body }
}

async function changeRole(server: TestServer, username: string): Promise<void> {
  const [account] = await server.database.query<{ id: string; role: string }>(
    'SELECT id, role FROM accounts WHERE username = $1',
    [username],
  )
  const role = account?.role === 'user' ? 'admin' : 'user'
  const news = await changeAccount(server.database, account?.id ?? '', { role })
  if (news) await tell(server.database, news)
}

async function me(server: TestServer, accessToken: string) {
  const headers = { authorization: `Bearer ${accessToken}` }
  return read(await fetch(`${server.url}/api/me`, { headers }))
}

async function statusOf(server: TestServer, accessToken: string): Promise<number> {
  return (await me(server, accessToken)).status
}

function end(server: TestServer, { accessToken }: Session, sid: string): Promise<Response> {
  const headers = { authorization: `Bearer ${accessToken}`, 'x-requested-with': 'test' }
  return fetch(`${server.url}/auth/sessions/${sid}`, { method: 'DELETE', headers })
}
