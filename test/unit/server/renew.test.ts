import { expect, test } from 'vitest'
import { createKit, drawKey, ORIGIN, read } from './kit.ts'

const request = new Request(`${ORIGIN}/auth/renew`, { method: 'POST' })
const LIMITS = { accessTtlS: 300, refreshTtlS: 1_000, sessionTtlS: 4_800, idleTtlS: 600 }

test('a session whose access token is its only token is renewed without another', async () => {
  const kit = createKit({ limits: LIMITS })
  const browser = kit.openBrowser()
  const begun = await browser.signIn({ delivery: 'none' })
  expect([begun.token, begun.set, begun.body['seq']]).toEqual(['', [], undefined])
  const sid = String(begun.body['sid'])
  for (let time = 0; time < 5; time++) {
    kit.advance(800)
    const answer = await read(
      await kit.sessions.renew(request, sid, { renewTtlS: 2_000, idleMs: 0 }),
    )
    expect(answer).toMatchObject({ status: 200, token: '', set: [], body: { sid } })
  }
  kit.advance(800)
  const over = await read(await kit.sessions.renew(request, sid, { renewTtlS: 2_000 }))
  expect(over).toMatchObject({ status: 401, body: { error: 'session_expired' } })
})

test('a renewal moves the idle limit only by what is known of the user', async () => {
  const kit = createKit({ limits: LIMITS })
  const { sid } = await kit.signIn({ delivery: 'none' })
  kit.advance(800)
  await kit.sessions.renew(request, sid, { renewTtlS: 2_000 })
  kit.advance(100)
  const over = await read(await kit.sessions.renew(request, sid, { renewTtlS: 2_000, idleMs: 0 }))
  expect(over.body['error']).toBe('session_idle')
})

test('a renewal asks the application, and does not know a session that is not there', async () => {
  const kit = createKit({ beforeRefresh: () => ({ end: 'account_disabled' }) })
  const { sid } = await kit.signIn()
  const refused = await read(await kit.sessions.renew(request, sid, { renewTtlS: 2_000 }))
  expect(refused.body['error_description']).toBe('account_disabled')
  expect((await kit.sessions.find(sid))?.end?.reason).toBe('account_disabled')
  const unknown = await read(await kit.sessions.renew(request, 'x', { renewTtlS: 2_000 }))
  expect(unknown.body['error']).toBe('invalid_grant')
})

test('renewals at the same moment write once', async () => {
  const kit = createKit({ limits: LIMITS })
  const { sid } = await kit.signIn()
  kit.advance(100)
  const renew = () => kit.sessions.renew(request, sid, { renewTtlS: 2_000 })
  const answers = await Promise.all(Array.from({ length: 30 }, renew))
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  expect((await kit.store.read(sid))?.document.version).toBe(2)
})

test('the access tokens of a session have the life that its sign-in wanted', async () => {
  const kit = createKit({ limits: LIMITS })
  const { token, sid } = await kit.signIn({ limits: { accessTtlS: 60 } })
  kit.advance(650)
  const answer = await kit.refresh(token, { key: drawKey(), body: { idle_ms: 0 } })
  expect(answer.body['expires_in']).toBe(60)
  kit.advance(659)
  await kit.sessions.end(sid)
  const { at = 0, until } = (await kit.sessions.find(sid))?.end ?? {}
  expect(until).toBe(at + 60_000)
})

test('a sign-in replaces the session whose token its body shows', async () => {
  const kit = createKit()
  const { token, sid } = await kit.signIn()
  const other = await kit.signIn()
  const headers = { 'x-requested-with': 'test' }
  const login = new Request(`${ORIGIN}/auth/login`, { method: 'POST', headers })
  await kit.sessions.start(login, { subject: 'alice', delivery: 'body', replaces: token })
  expect((await kit.sessions.find(sid))?.end?.reason).toBe('replaced')
  await kit.sessions.start(login, { subject: 'alice', delivery: 'body', replaces: 'x' })
  expect((await kit.sessions.find(other.sid))?.end).toBeUndefined()
})
