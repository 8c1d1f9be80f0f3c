import { expect, test } from 'vitest'
import {
  cookieOf,
  drawKey,
  HINT_COOKIE,
  logIn,
  logOut,
  maxAgeOf,
  post,
  refresh,
} from './clients.ts'
import { onPostgres } from './harness.ts'

onPostgres((start) => {
  test('script can read the hint on every path, and learns nothing but that there may be a session, and how often it was renewed', async () => {
    const server = await start({ refreshTtlS: 1000 })
    const { answer, ...session } = await logIn(server, 'cookie')
    expect(answer.hint).toMatchObject({ name: HINT_COOKIE, value: '1' })
    expect(answer.hint?.attributes).toContain('path=/')
    expect(answer.hint?.attributes).not.toContain('httponly')
    const next = await refresh(server, 'cookie', session, { key: drawKey() })
    expect(next.hint).toMatchObject({ value: '2' })
    for (const { hint, setCookies } of [answer, next]) {
      const kept = setCookies.filter(({ value }) => value !== '')
      expect(hint && maxAgeOf(hint)).toBe(Math.max(...kept.map(maxAgeOf)))
    }
  })

  test('the hint goes with the last refresh cookie', async () => {
    const server = await start()
    const [one, other] = [await logIn(server, 'cookie'), await logIn(server, 'cookie')]
    const hint = `${HINT_COOKIE}=1`
    const both = { cookie: [hint, cookieOf(one), cookieOf(other)].join('; ') }
    const first = await post(server, '/auth/logout', { sid: one.sid }, both)
    expect(first).toMatchObject({ status: 204, hint: undefined })
    const last = { cookie: `${hint}; ${cookieOf(other)}` }
    const second = await post(server, '/auth/logout', { sid: other.sid }, last)
    expect(second).toMatchObject({ status: 204, hint: { value: '' } })
  })

  test('a hint that holds no promise is taken back', async () => {
    const server = await start()
    const answer = await post(server, '/auth/refresh', {}, { cookie: `${HINT_COOKIE}=1` })
    expect(answer).toMatchObject({ status: 401, hint: { value: '' } })
  })

  test('body mode sets no hint cookie', async () => {
    const server = await start()
    const session = await logIn(server, 'body')
    const next = await refresh(server, 'body', session)
    const end = await logOut(server, 'body', session)
    for (const { hint } of [session.answer, next, end]) expect(hint).toBeUndefined()
  })
})
