import { describe, expect, test } from 'vitest'
import { createKit, DAY_S, drawKey } from './kit.ts'

const LIMITS = { accessTtlS: 300, refreshTtlS: 10 * DAY_S, sessionTtlS: 30 * DAY_S }

describe('a session ends at the first of its limits', () => {
  test('at the absolute one, however active its user is', async () => {
    const kit = createKit({ limits: { ...LIMITS, idleTtlS: 3 * DAY_S } })
    let { token } = await kit.signIn()
    for (let day = 2; day < 30; day += 2) {
      kit.advance(2 * DAY_S)
      const answer = await kit.refresh(token, { key: drawKey(), body: { idle_ms: 0 } })
      expect(answer.body['session_expires_in']).toBe((30 - day) * DAY_S)
      token = answer.token
    }
    kit.advance(2 * DAY_S - 60)
    const last = await kit.refresh(token, { key: drawKey(), body: { idle_ms: 0 } })
    expect(last.body).toMatchObject({ expires_in: 60, refresh_expires_in: 60 })
    kit.advance(60)
    const over = await kit.refresh(last.token, { key: drawKey() })
    expect(over).toMatchObject({ status: 401, body: { error: 'session_expired' } })
  })

  test('when its token has not been used for too long', async () => {
    const kit = createKit({ limits: LIMITS })
    const { token } = await kit.signIn()
    kit.advance(LIMITS.refreshTtlS)
    const over = await kit.refresh(token, { key: drawKey() })
    expect(over).toMatchObject({ status: 401, body: { error: 'invalid_grant' } })
  })

  test('when its user has been idle, by an access token’s life later than the page', async () => {
    const kit = createKit({ limits: { ...LIMITS, idleTtlS: 600 } })
    const { token } = await kit.signIn()
    kit.advance(899)
    const renewed = await kit.refresh(token, { key: drawKey(), body: { idle_ms: 100_000 } })
    expect(renewed.status).toBe(200)
    kit.advance(799)
    const again = await kit.refresh(renewed.token, { key: drawKey() })
    expect(again.status).toBe(200)
    kit.advance(1)
    const over = await kit.refresh(again.token, { key: drawKey(), body: { idle_ms: 0 } })
    expect(over).toMatchObject({ status: 401, body: { error: 'session_idle' } })
  })

  test('a page that reports no activity does not move the idle limit', async () => {
    const kit = createKit({ limits: { ...LIMITS, idleTtlS: 600 } })
    let { token } = await kit.signIn()
    for (const seconds of [300, 300, 299]) {
      kit.advance(seconds)
      token = (await kit.refresh(token, { key: drawKey() })).token
    }
    kit.advance(1)
    expect((await kit.refresh(token, { key: drawKey() })).body['error']).toBe('session_idle')
  })

  test('a report of old activity does not bring the limit nearer', async () => {
    const kit = createKit({ limits: { ...LIMITS, idleTtlS: 600 } })
    const { token, sid } = await kit.signIn()
    const before = (await kit.sessions.find(sid))?.endsAt
    await kit.refresh(token, { key: drawKey(), body: { idle_ms: 1e12 } })
    expect((await kit.sessions.find(sid))?.endsAt).toBe(before)
  })
})

test('limits of one session hold after its token is rotated, too', async () => {
  const kit = createKit({ limits: LIMITS })
  const limits = { refreshTtlS: 3_600, sessionTtlS: DAY_S, idleTtlS: 1_800 }
  const { token } = await kit.signIn({ limits })
  kit.advance(60)
  const renewed = await kit.refresh(token, { key: drawKey(), body: { idle_ms: 0 } })
  expect(renewed.body).toMatchObject({
    refresh_expires_in: 3_600,
    session_expires_in: DAY_S - 60,
  })
  kit.advance(1_800 + 300)
  const over = await kit.refresh(renewed.token, { key: drawKey() })
  expect(over.body['error']).toBe('session_idle')
})

test('a session without limits of its own follows those that the server has now', async () => {
  const before = createKit({ limits: LIMITS })
  const { token } = await before.signIn()
  const after = createKit({ store: before.store, limits: { ...LIMITS, refreshTtlS: 20 * DAY_S } })
  const renewed = await after.refresh(token, { key: drawKey() })
  expect(renewed.body['refresh_expires_in']).toBe(20 * DAY_S)
})

describe('when the clock of the store is set back', () => {
  test('time stands still in a session, and no limit moves', async () => {
    const kit = createKit({ limits: { ...LIMITS, idleTtlS: 600 } })
    const { token: first, sid } = await kit.signIn()
    kit.advance(800)
    const { token } = await kit.refresh(first, { key: drawKey() })
    const { seenAt, endsAt } = (await kit.sessions.find(sid)) ?? {}
    kit.advance(-700)
    const answer = await kit.refresh(token, { key: drawKey() })
    expect(answer.body['session_expires_in']).toBe(30 * DAY_S - 800)
    expect(await kit.sessions.find(sid)).toMatchObject({ seenAt, endsAt })
  })

  test('an end is not before the last renewal', async () => {
    const kit = createKit()
    const { token, sid } = await kit.signIn()
    kit.advance(800)
    await kit.refresh(token, { key: drawKey() })
    kit.advance(-700)
    await kit.sessions.end(sid)
    const { seenAt, end } = (await kit.sessions.find(sid)) ?? {}
    expect(end?.at).toBe(seenAt)
    expect(await kit.sessions.list('alice')).toEqual([])
  })
})

test('what the application changes does not count as use', async () => {
  const kit = createKit<string>()
  const { sid } = await kit.signIn({ data: 'a' })
  const seenAt = (await kit.sessions.find(sid))?.seenAt
  kit.advance(60)
  expect(await kit.sessions.update(sid, (data) => `${data}b`)).toBe(true)
  expect(await kit.sessions.find(sid)).toMatchObject({ data: 'ab', seenAt })
  kit.advance(60)
  expect(await kit.sessions.end(sid)).toBe(true)
  expect((await kit.sessions.find(sid))?.seenAt).toBe(seenAt)
  expect(await kit.sessions.update(sid, () => 'c')).toBe(false)
})

test('a sign-in beyond maxSessionsPerSubject ends the oldest live session, and never its own', async () => {
  const kit = createKit({ maxSessionsPerSubject: 2 })
  const [first, second] = [await kit.signIn(), (kit.advance(60), await kit.signIn())]
  await kit.signIn({ subject: 'bob' })
  await kit.logOut(second.token)
  kit.advance(60)
  const third = await kit.signIn()
  expect((await kit.sessions.list('alice')).map(({ sid }) => sid)).toEqual([third.sid, first.sid])
  // The clock of the store was set back: the new session is the oldest by it.
  kit.advance(-600)
  const fourth = await kit.signIn()
  const alive = (await kit.sessions.list('alice')).map(({ sid }) => sid)
  expect(alive).toEqual([third.sid, fourth.sid])
  expect(kit.audited).toContainEqual(
    expect.objectContaining({ event: 'ended', sid: first.sid, reason: 'too_many_sessions' }),
  )
  expect(await kit.sessions.list('bob')).toHaveLength(1)
})

test.each([0, 1.5, '2'])('maxSessionsPerSubject cannot be %j', (maxSessionsPerSubject) => {
  expect(() => createKit({ maxSessionsPerSubject } as never)).toThrow(
    /"maxSessionsPerSubject" option must be a whole number above 0/,
  )
})

test('an access token lives a second at least', async () => {
  const kit = createKit({ limits: { accessTtlS: 300, refreshTtlS: 0.4 } })
  const browser = kit.openBrowser()
  const { body, headers } = await browser.signIn()
  expect(body['expires_in']).toBe(1)
  expect(headers.getSetCookie()[0]).toContain('; Max-Age=1;')
})
