import { describe, expect, test } from 'vitest'
import {
  age,
  documentOf,
  drawKey,
  endedReason,
  isAlive,
  logIn,
  logOut,
  MODES,
  post,
  refresh,
  type Mode,
  type Refreshed,
  type Session,
  type Token,
} from './clients.ts'
import { onEachDatabase, type Start, type TestServer } from './harness.ts'

onEachDatabase((start) => {
  describe.each(MODES)('with the token in the %s', (mode) => {
    refreshTable(start, mode)
  })
})

function refreshTable(start: Start, mode: Mode): void {
  async function setUp(graceS = 0) {
    const server = await start({ graceS })
    return { server, session: await logIn(server, mode) }
  }

  test('S1: a token that was never issued is an invalid grant', async () => {
    const { server, session } = await setUp()
    const answer = await refresh(server, mode, { ...session, token: 'A'.repeat(43) })
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_grant' } })
    expect(server.rows()).toEqual(['S1'])
    expect(await isAlive(server, session)).toBe(true)
  })

  test('S1: no token at all is an invalid grant', async () => {
    const { server, session } = await setUp()
    for (const body of [{ sid: session.sid, seq: 1 }, {}]) {
      const answer = await post(server, '/auth/refresh', body)
      expect(answer).toMatchObject({
        status: 401,
        body: { error: 'invalid_grant' },
        setCookies: [],
      })
    }
    expect(server.rows()).toEqual(['S1', 'S1'])
  })

  test('S1: a token is no good for the sid of another family', async () => {
    const { server, session } = await setUp()
    const other = await logIn(server, mode)
    const answer = await refresh(server, mode, session, { sid: other.sid })
    expect(answer).toMatchObject({
      status: 401,
      body: { error: 'invalid_grant' },
      setCookies: [],
    })
    expect(await isAlive(server, session)).toBe(true)
    expect(await isAlive(server, other)).toBe(true)
  })

  test('S1: a token of an ended family is a revoked session, whatever its place in the chain', async () => {
    const { server, session } = await setUp()
    const key = drawKey()
    const next = tokenOf(await refresh(server, mode, session, { key }))
    await logOut(server, mode, next)
    for (const shown of [next, session]) {
      const answer = await refresh(server, mode, shown, { key })
      expect(answer).toMatchObject({ status: 401, body: { error: 'session_revoked' } })
      expect(answer.token).toBeUndefined()
    }
    expect(server.rows()).toEqual(['S2', 'S1', 'S1'])
  })

  test.each([
    ['with its number', {}],
    ['without a number', { seq: null }],
    ['without anything a plain client would not send', { seq: null, sid: null }],
    ['with a key', { key: drawKey() }],
  ])('S2: the leaf %s is rotated', async (_, options) => {
    const { server, session } = await setUp()
    const answer = await refresh(server, mode, session, options)
    expect(answer).toMatchObject({
      status: 200,
      body: { token_type: 'Bearer', sid: session.sid, seq: 2 },
    })
    expect(tokenOf(answer).token).not.toBe(session.token)
    expect(answer.body.access_token).not.toBe(session.accessToken)
    expect(server.rows()).toEqual(['S2'])
    expect(await leafOf(server, session)).toBe(2)
  })

  test('S2: a leaf born of the key is rotated if the request names it', async () => {
    const { server, session } = await setUp()
    const key = drawKey()
    const second = tokenOf(await refresh(server, mode, session, { key }))
    const third = await refresh(server, mode, second, { key })
    expect(third).toMatchObject({ status: 200, body: { seq: 3 } })
    expect(server.rows()).toEqual(['S2', 'S2'])
  })

  test('S3: a leaf newer than the request knows, born of its key, is answered with itself', async () => {
    const { server, session } = await setUp()
    const key = drawKey()
    const first = await refresh(server, mode, session, { key })
    const second = tokenOf(first)
    const again = await refresh(server, mode, second, { key, seq: 1, alsoShown: [session] })
    expect(again).toMatchObject({ status: 200, body: { sid: session.sid, seq: 2 } })
    expect(again.body.access_token).not.toBe(first.body.access_token)
    expect(again.body.refresh_token).toBe(mode === 'body' ? second.token : undefined)
    expect(server.rows()).toEqual(['S2', 'S3'])
    expect(await leafOf(server, session)).toBe(2)
  })

  test('S3 needs the key: a leaf newer than the request knows, born of another, is superseded (S5)', async () => {
    const { server, session } = await setUp()
    const second = tokenOf(await refresh(server, mode, session, { key: drawKey() }))
    for (const options of [{ key: drawKey() }, {}]) {
      const answer = await refresh(server, mode, second, { ...options, seq: 1 })
      expectSuperseded(answer, 2)
    }
    expect(server.rows()).toEqual(['S2', 'S5', 'S5'])
    expect(await leafOf(server, session)).toBe(2)
  })

  test('S3 has an end: once the leaf is spent, its number is superseded (S5)', async () => {
    const { server, session } = await setUp()
    const key = drawKey()
    const second = tokenOf(await refresh(server, mode, session, { key }))
    await refresh(server, mode, second, { key: drawKey() })
    expectSuperseded(await refresh(server, mode, second, { key, seq: 1 }), 2)
    expect(server.rows()).toEqual(['S2', 'S2', 'S5'])
  })

  test.each([
    ['the same number', 1],
    ['no number', null],
    ['another number', 7],
  ])('S4: the key again, with %s, brings the same successor', async (_, seq) => {
    const { server, session } = await setUp()
    const key = drawKey()
    const first = await refresh(server, mode, session, { key })
    const again = await refresh(server, mode, session, { key, seq })
    expect(again.status).toBe(200)
    expect(again.token).toEqual(first.token)
    expect(again.body.access_token).not.toBe(first.body.access_token)
    expect(server.rows()).toEqual(['S2', 'S4'])
    expect(await leafOf(server, session)).toBe(2)
  })

  test('S4 has no time window: an answer lost days ago can still be had', async () => {
    const { server, session } = await setUp()
    const key = drawKey()
    const first = await refresh(server, mode, session, { key })
    await age(server, session.sid, 6 * 24 * 3600)
    expect((await refresh(server, mode, session, { key })).token).toEqual(first.token)
  })

  test('S4: any instance can answer, for the successor needs no secret of the server', async () => {
    const { server, session } = await setUp()
    const key = drawKey()
    const first = await refresh(server, mode, session, { key })
    const otherInstance = await start()
    expect((await refresh(otherInstance, mode, session, { key })).token).toEqual(first.token)
    expect(otherInstance.rows()).toEqual(['S4'])
  })

  test('S5: the key again, once the successor is used, is superseded and ends nothing', async () => {
    const { server, session } = await setUp()
    const key = drawKey()
    const second = tokenOf(await refresh(server, mode, session, { key }))
    const third = tokenOf(await refresh(server, mode, second, { key: drawKey() }))
    expectSuperseded(await refresh(server, mode, session, { key }), 1)
    expect(server.rows()).toEqual(['S2', 'S2', 'S5'])
    expect(await isAlive(server, { ...session, ...third })).toBe(true)
  })

  test('S5: a request that was under way while its client repeated it and rotated ten times more is no reuse', async () => {
    const { server, session } = await setUp()
    const key = drawKey()
    let leaf = tokenOf(await refresh(server, mode, session, { key }))
    for (let rotation = 0; rotation < 10; rotation++)
      leaf = tokenOf(await refresh(server, mode, leaf, { key: drawKey() }))
    expectSuperseded(await refresh(server, mode, session, { key }), 1)
    expect(await isAlive(server, { ...session, ...leaf })).toBe(true)
  })

  test('S5: the salt of a successor is erased when it is first used', async () => {
    const { server, session } = await setUp()
    const second = tokenOf(await refresh(server, mode, session, { key: drawKey() }))
    const { salt } = await documentOf(server, session.sid)
    expect(salt).toBeDefined()
    await refresh(server, mode, second, { key: drawKey() })
    const later = JSON.stringify(await documentOf(server, session.sid))
    expect(later).not.toContain(salt)
  })

  test('S5: a client that believes it is further on learns the number it has, and finds its way with its last key', async () => {
    const { server, session } = await setUp()
    const lastKey = drawKey()
    // Its record has generation 2, but its cookie jar went back to 1: a browser killed between the two writes.
    const second = await refresh(server, mode, session, { key: lastKey })
    const lost = await refresh(server, mode, session, { key: drawKey(), seq: 2 })
    expectSuperseded(lost, 1)
    const found = await refresh(server, mode, session, { key: lastKey, seq: lost.body.seq ?? null })
    expect(found.token).toEqual(second.token)
    expect(server.rows()).toEqual(['S2', 'S5', 'S4'])
  })

  test('S5: a leaf older than the request says is superseded, not rotated', async () => {
    const { server, session } = await setUp()
    expectSuperseded(await refresh(server, mode, session, { key: drawKey(), seq: 2 }), 1)
    expect(await leafOf(server, session)).toBe(1)
  })

  test.each([
    ['another key', { key: drawKey() }],
    ['no key', {}],
  ])(
    'S6: a spent token with %s is superseded while the grace lasts, then reuse',
    async (_, options) => {
      const { server, session } = await setUp(30)
      const second = tokenOf(await refresh(server, mode, session, { key: drawKey() }))
      await age(server, session.sid, 25)
      expectSuperseded(await refresh(server, mode, session, options), 1)
      expect(await leafOf(server, session)).toBe(2)
      await age(server, session.sid, 10)
      const late = await refresh(server, mode, session, options)
      expect(late).toMatchObject({ status: 401, body: { error: 'reuse_detected' } })
      expect(server.rows()).toEqual(['S2', 'S6', 'S7'])
      expect(await isAlive(server, { ...session, ...second })).toBe(false)
    },
  )

  test.each([
    ['another key', drawKey(), drawKey()],
    ['no key', drawKey(), undefined],
    ['a key where none was sent before', undefined, drawKey()],
    ['no key as before', undefined, undefined],
  ])('S7: a spent token with %s is reuse and ends the family', async (_, spendingKey, key) => {
    const { server, session } = await setUp()
    const second = tokenOf(await refresh(server, mode, session, keyed(spendingKey)))
    const thief = await refresh(server, mode, session, keyed(key))
    expect(thief).toMatchObject({ status: 401, body: { error: 'reuse_detected' } })
    expect(thief.token).toBeUndefined()
    expect(await endedReason(server, session.sid)).toBe('reuse_detected')
    expect(await refresh(server, mode, second)).toMatchObject({
      status: 401,
      body: { error: 'session_revoked' },
    })
    expect(server.rows()).toEqual(['S2', 'S7', 'S1'])
    expect(server.log).toContainEqual(expect.objectContaining({ event: 'reuse_detected' }))
  })

  test('S7 ends the family alone: the other devices of the account stay logged in', async () => {
    const { server, session } = await setUp()
    const otherDevice = await logIn(server, mode, session)
    await refresh(server, mode, session)
    await refresh(server, mode, session)
    expect(await endedReason(server, session.sid)).toBe('reuse_detected')
    expect(await isAlive(server, otherDevice)).toBe(true)
  })

  test('S7 catches a thief who was faster: the victim, coming second, ends what was stolen', async () => {
    const { server, session } = await setUp()
    const thief = await refresh(server, mode, session, { key: drawKey() })
    expect(thief.status).toBe(200)
    const victim = await refresh(server, mode, session, { key: drawKey() })
    expect(victim).toMatchObject({ status: 401, body: { error: 'reuse_detected' } })
    expect(await isAlive(server, { ...session, ...tokenOf(thief) })).toBe(false)
  })

  test('a plain client, which sends neither sid nor number nor key, is served by S1, S2, S6 and S7', async () => {
    const { server, session } = await setUp(30)
    const plain = { sid: null, seq: null }
    const second = tokenOf(await refresh(server, mode, session, plain))
    tokenOf(await refresh(server, mode, second, plain))
    expectSuperseded(await refresh(server, mode, session, plain), 1)
    await age(server, session.sid, 60)
    await refresh(server, mode, session, plain)
    await refresh(server, mode, second, plain)
    expect(server.rows()).toEqual(['S2', 'S2', 'S6', 'S7', 'S1'])
  })

  test('neither tokens nor keys can be found in the database, whatever was done with them', async () => {
    const { server, session } = await setUp()
    const key = drawKey()
    const second = tokenOf(await refresh(server, mode, session, { key }))
    const stored = JSON.stringify(
      await server.database.query('SELECT * FROM latchkey_sessions WHERE sid = $1', [session.sid]),
    )
    expect(stored).toContain(session.sid)
    const secrets = [session.token, second.token].flatMap((token) => token.split('.').slice(2))
    expect(secrets).toHaveLength(4)
    for (const secret of [...secrets, key]) expect(stored).not.toContain(secret)
  })
}

/** A loser gets its number and nothing else: no token, and not a word about cookies. */
function expectSuperseded(answer: Refreshed, seq: number): void {
  expect(answer).toMatchObject({ status: 409, body: { error: 'refresh_superseded', seq } })
  expect(answer.token).toBeUndefined()
  expect(answer.body.access_token).toBeUndefined()
  expect(answer.headers.has('set-cookie')).toBe(false)
}

function tokenOf({ token, body }: Refreshed): Token {
  if (token === undefined) throw new Error(`No token came: ${JSON.stringify(body)}`)
  return token
}

function keyed(key: string | undefined): { readonly key?: string } {
  return key === undefined ? {} : { key }
}

async function leafOf(server: TestServer, { sid }: Session): Promise<number> {
  return (await documentOf(server, sid)).seq
}
