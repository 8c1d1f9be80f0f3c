import { describe, expect, test } from 'vitest'
import { createKit, drawKey, forge } from './kit.ts'

test('a logout ends the session whose token is shown, spent or not, and no other', async () => {
  const kit = createKit()
  const [first, second] = [await kit.signIn(), await kit.signIn()]
  await kit.refresh(first.token, { key: drawKey() })
  expect(await kit.logOut(first.token)).toMatchObject({ status: 204, body: {} })
  expect((await kit.sessions.find(first.sid))?.end?.reason).toBe('logout')
  expect((await kit.sessions.list('alice')).map(({ sid }) => sid)).toEqual([second.sid])
})

test('a logout without a token of the session ends nothing', async () => {
  const kit = createKit()
  const { token, sid } = await kit.signIn()
  for (const shown of [forge(sid), forge(), 'x', forge(sid, 2)])
    expect(await kit.logOut(shown)).toMatchObject({ status: 401, body: { error: 'invalid_grant' } })
  expect((await kit.logOut(token, { body: { sid: forge().slice(0, 22) } })).status).toBe(401)
  expect(await kit.sessions.list('alice')).toHaveLength(1)
})

test('a logout of a session that is over is confirmed, and changes nothing', async () => {
  const kit = createKit()
  const { token, sid } = await kit.signIn()
  await kit.sessions.end(sid, 'revoked')
  expect((await kit.logOut(token)).status).toBe(204)
  expect((await kit.sessions.find(sid))?.end?.reason).toBe('revoked')
})

describe('everywhere', () => {
  const everywhere = { everywhere: true }

  async function setUp() {
    const kit = createKit()
    const { token, sid } = await kit.signIn()
    await kit.signIn()
    const bob = await kit.signIn({ subject: 'bob' })
    const key = drawKey()
    const rotate = async (shown: string, sent = drawKey()) =>
      (await kit.refresh(shown, { key: sent })).token
    const left = async () => (await kit.sessions.list('alice')).length
    return { kit, token, sid, key, bob, rotate, left }
  }

  test('the leaf ends all sessions of the user, and no others', async () => {
    const { kit, token, left } = await setUp()
    const answer = await kit.logOut(token, { body: everywhere })
    expect(answer).toMatchObject({ status: 200, body: { ended: 'all' } })
    expect(await left()).toBe(0)
    expect(await kit.sessions.list('bob')).toHaveLength(1)
  })

  test('so does the token spent last with its key, because the answer was lost', async () => {
    const { kit, token, key, rotate, left } = await setUp()
    await rotate(token, key)
    const answer = await kit.logOut(token, { key, body: everywhere })
    expect(answer.body).toEqual({ ended: 'all' })
    expect(await left()).toBe(0)
  })

  test.each(['no key', 'another key', 'its key, after the successor was used'])(
    'a spent token with %s ends its own session alone, and the answer says so',
    async (what) => {
      const { kit, token, key, rotate, left } = await setUp()
      const next = await rotate(token, key)
      if (what.startsWith('its')) await rotate(next)
      const shown = what === 'no key' ? {} : { key: what.startsWith('its') ? key : drawKey() }
      const answer = await kit.logOut(token, { ...shown, body: everywhere })
      expect(answer).toMatchObject({ status: 200, body: { ended: 'session' } })
      expect(await left()).toBe(1)
    },
  )

  test('a token of a session that is over ends no other', async () => {
    const { kit, token, sid, left } = await setUp()
    await kit.sessions.end(sid)
    expect((await kit.logOut(token, { body: everywhere })).body).toEqual({ ended: 'session' })
    expect(await left()).toBe(1)
  })
})

test('the sessions of a user are listed, and all but one can be ended', async () => {
  const kit = createKit<string>()
  const phone = await kit.signIn({ data: 'phone' })
  kit.advance(1)
  const laptop = await kit.signIn({ data: 'laptop' })
  const listed = await kit.sessions.list('alice')
  expect(listed.map(({ data }) => data)).toEqual(['laptop', 'phone'])
  expect(await kit.sessions.endAll('alice', { except: laptop.sid, reason: 'reset' })).toBe(1)
  expect((await kit.sessions.list('alice')).map(({ sid }) => sid)).toEqual([laptop.sid])
  const at = Date.UTC(2026, 0, 1) + 1000
  expect(await kit.sessions.endedSince(0)).toEqual([
    { sid: phone.sid, subject: 'alice', at, reason: 'reset', until: at + 300_000 },
  ])
  expect(await kit.sessions.end(phone.sid)).toBe(false)
  expect(await kit.sessions.find(forge().slice(0, 22))).toBeUndefined()
})

test('a session of no possible name is not there, and no store is asked for it', async () => {
  const { store } = createKit()
  const kit = createKit({ store: { ...store, read: () => Promise.reject(new Error('asked')) } })
  for (const sid of ['', '\0', 'x'.repeat(1_000_000), forge(), "' OR 1 = 1"]) {
    expect(await kit.sessions.find(sid)).toBeUndefined()
    expect(await kit.sessions.end(sid)).toBe(false)
    expect(await kit.sessions.update(sid, () => undefined)).toBe(false)
  }
})

test('to end all sessions of a user does not read those again that have ended', async () => {
  const kit = createKit()
  const reads: string[] = []
  const counting = createKit({
    store: {
      ...kit.store,
      read(sid) {
        reads.push(sid)
        return kit.store.read(sid)
      },
    },
  })
  const [first, second] = [await counting.signIn(), await counting.signIn()]
  await counting.sessions.end(first.sid)
  reads.length = 0
  expect(await counting.sessions.endAll('alice')).toBe(1)
  expect(reads).toEqual([second.sid])
})
