import { expect, test } from 'vitest'
import type { Database } from '../../demo/database/database.ts'
import {
  documentOf,
  drawKey,
  endedReason,
  isAlive,
  logIn,
  logOut,
  refresh,
  type Refreshed,
  type Session,
} from './clients.ts'
import { onEachDatabase, type TestServer } from './harness.ts'

const MANY = 64

onEachDatabase((start) => {
  test('64 refreshes of one token with one key are one rotation and 64 equal answers', async () => {
    const servers = [await start(), await start()]
    const session = await logIn(serverOf(servers, 0), 'body')
    const key = drawKey()
    const answers = await atOnce((n) => refresh(serverOf(servers, n), 'body', session, { key }))

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(answers.map(({ token }) => JSON.stringify(token))).size).toBe(1)
    expect(count(servers)).toEqual({ S2: 1, S4: MANY - 1 })
    expect(await tokensOf(servers, session)).toBe(2)
  })

  test('64 refreshes of one token with 64 keys are reuse: one winner, whose family ends', async () => {
    const server = await start({ graceS: 0 })
    const session = await logIn(server, 'body')
    const answers = await atOnce(() => refresh(server, 'body', session, { key: drawKey() }))

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(count([server])).toEqual({ S2: 1, S7: 1, S1: MANY - 2 })
    expect(await endedReason(server, session.sid)).toBe('reuse_detected')
  })

  test('64 refreshes of one token with 64 keys and grace are one winner and 63 superseded', async () => {
    const servers = [await start({ graceS: 60 }), await start({ graceS: 60 })]
    const session = await logIn(serverOf(servers, 0), 'body')
    const answers = await atOnce((n) =>
      refresh(serverOf(servers, n), 'body', session, { key: drawKey() }),
    )

    const winner = answers.find(({ status }) => status === 200)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(MANY - 1)
    expect(count(servers)).toEqual({ S2: 1, S6: MANY - 1 })
    expect(await isAlive(serverOf(servers, 0), { ...session, ...winner?.token })).toBe(true)
  })

  test('a logout among refreshes has the last word', async () => {
    const server = await start()
    const session = await logIn(server, 'body')
    const key = drawKey()
    const answers = await atOnce((n) =>
      n === MANY / 2 ? logOut(server, 'body', session) : refresh(server, 'body', session, { key }),
    )

    expect(answers[MANY / 2]?.status).toBe(204)
    expect(await endedReason(server, session.sid)).toBe('logout')
    const late = answers.find(({ status }) => status === 200) as Refreshed | undefined
    const shown = late?.token ?? session
    expect(await refresh(server, 'body', shown, { key })).toMatchObject({
      status: 401,
      body: { error: 'session_revoked' },
    })
  })

  test('a rotation that fails half way has not happened: the token is still good', async () => {
    const server = await start()
    const session = await logIn(server, 'body')
    const broken = await start({
      database: failingOn('UPDATE "latchkey_sessions"', server.database),
    })
    const key = drawKey()

    expect(await refresh(broken, 'body', session, { key })).toMatchObject({
      status: 500,
      body: { error: 'server_error' },
    })
    expect(await tokensOf([server], session)).toBe(1)
    expect(await refresh(server, 'body', session, { key })).toMatchObject({ status: 200 })
    expect(server.rows()).toEqual(['S2'])
  })
})

function atOnce<Result>(act: (n: number) => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: MANY }, (_, n) => act(n)))
}

function serverOf(servers: readonly TestServer[], n: number): TestServer {
  const server = servers[n % servers.length]
  if (server === undefined) throw new RangeError('There is no server.')
  return server
}

function count(servers: readonly TestServer[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const row of servers.flatMap((server) => server.rows()))
    counts[String(row)] = (counts[String(row)] ?? 0) + 1
  return counts
}

async function tokensOf(servers: readonly TestServer[], { sid }: Session): Promise<number> {
  const { database } = serverOf(servers, 0)
  return (await documentOf({ database }, sid)).seq
}

/** A database that breaks down at one kind of statement. */
function failingOn(beginning: string, database: Database): Database {
  return {
    ...database,
    query<Row>(statement: string, parameters?: readonly unknown[]) {
      if (statement.startsWith(beginning)) throw new Error('The database broke down.')
      return database.query<Row>(statement, parameters)
    },
  }
}
