import { describe, expect, test } from 'vitest'
import {
  cookieOf,
  drawKey,
  endedReason,
  isAlive,
  logIn,
  logOut,
  MODES,
  post,
  refresh,
} from './clients.ts'
import { onEachDatabase } from './harness.ts'

onEachDatabase((start) => {
  describe.each(MODES)('with the token in the %s', (mode) => {
    test('logout ends the family of the token', async () => {
      const server = await start()
      const session = await logIn(server, mode)
      const answer = await logOut(server, mode, session)
      expect(answer).toMatchObject({ status: 204, body: {} })
      expect(await endedReason(server, session.sid)).toBe('logout')
    })

    test('logout is understood from a plain client that names no sid', async () => {
      const server = await start()
      const session = await logIn(server, mode)
      expect((await logOut(server, mode, session, {})).status).toBe(204)
      expect(await endedReason(server, session.sid)).toBe('logout')
    })

    test('logout again is no error, so that it can be repeated', async () => {
      const server = await start()
      const session = await logIn(server, mode)
      await logOut(server, mode, session)
      expect((await logOut(server, mode, session)).status).toBe(204)
    })

    test('L1: logout with a spent token ends the family, even from a thief who is further on', async () => {
      const server = await start()
      const session = await logIn(server, mode)
      const thief = await refresh(server, mode, session, { key: drawKey() })
      expect(thief.status).toBe(200)
      expect((await logOut(server, mode, session)).status).toBe(204)
      expect(await isAlive(server, { ...session, ...thief.token })).toBe(false)
    })

    test('L1: logout with a token of another family than it names ends neither', async () => {
      const server = await start()
      const [one, two] = [await logIn(server, mode), await logIn(server, mode)]
      const answer = await logOut(server, mode, one, { sid: two.sid })
      expect(answer).toMatchObject({
        status: 401,
        body: { error: 'invalid_grant' },
        setCookies: [],
      })
      expect(await isAlive(server, one)).toBe(true)
      expect(await isAlive(server, two)).toBe(true)
    })

    test('logout everywhere ends every session of the account, and of no other', async () => {
      const server = await start()
      const here = await logIn(server, mode)
      const [there, stranger] = [await logIn(server, mode, here), await logIn(server, mode)]
      const answer = await logOut(server, mode, here, { sid: here.sid, everywhere: true })
      expect(answer).toMatchObject({ status: 200, body: { ended: 'all' } })
      expect(await endedReason(server, here.sid)).toBe('logout_everywhere')
      expect(await endedReason(server, there.sid)).toBe('logout_everywhere')
      expect(await isAlive(server, stranger)).toBe(true)
    })

    test('login ends the family it was shown', async () => {
      const server = await start()
      const before = await logIn(server, mode)
      const shown = mode === 'body' ? { refresh_token: before.token } : {}
      const cookies = mode === 'cookie' ? { cookie: cookieOf(before) } : undefined
      const login = { username: before.username, password: before.password, delivery: mode }
      const answer = await post(server, '/auth/login', { ...login, ...shown }, cookies)
      expect(answer.status).toBe(200)
      expect(answer.body.sid).not.toBe(before.sid)
      expect(await endedReason(server, before.sid)).toBe('replaced')
    })

    test('login leaves alone the families it was not shown', async () => {
      const server = await start()
      const one = await logIn(server, mode)
      await logIn(server, mode, one)
      expect(await isAlive(server, one)).toBe(true)
    })
  })

  test('the token of a session that is over ends no other session, everywhere or not', async () => {
    const server = await start()
    const thrownOut = await logIn(server, 'body')
    const owner = await logIn(server, 'body', thrownOut)
    await logOut(server, 'body', thrownOut)
    for (const everywhere of [true, false])
      await logOut(server, 'body', thrownOut, { sid: thrownOut.sid, everywhere })
    expect(await endedReason(server, owner.sid)).toBeNull()
    expect(await isAlive(server, owner)).toBe(true)
  })

  test('a logout that may or may not mean everywhere ends nothing', async () => {
    const server = await start()
    const session = await logIn(server, 'body')
    const answer = await logOut(server, 'body', session, { everywhere: 'yes' })
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    expect(await isAlive(server, session)).toBe(true)
  })

  test('L1: a logout that arrives late leaves the next session of the same browser alone', async () => {
    const server = await start()
    const old = await logIn(server, 'cookie')
    const next = await logIn(server, 'cookie')
    const cookie = [old, next].map(cookieOf).join('; ')
    const answer = await post(server, '/auth/logout', { sid: old.sid }, { cookie })
    expect(answer.status).toBe(204)
    expect(answer.setCookies.map(({ name }) => name)).toEqual([`rt-${old.sid}-1`])
    expect(await isAlive(server, next)).toBe(true)
  })

  test('L1: a logout that arrives when its cookie is gone ends nothing and clears nothing', async () => {
    const server = await start()
    const next = await logIn(server, 'cookie')
    const answer = await post(server, '/auth/logout', { sid: 'old' }, { cookie: cookieOf(next) })
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_grant' }, setCookies: [] })
    expect(await isAlive(server, next)).toBe(true)
  })

  test('logout clears all genuine cookies of its sid, and leaves planted ones alone', async () => {
    const server = await start()
    const session = await logIn(server, 'cookie')
    const { token: next } = await refresh(server, 'cookie', session, { key: drawKey() })
    const planted = { ...session, seq: 9, token: 'A'.repeat(43) }
    const cookie = [planted, session, next ?? session].map(cookieOf).join('; ')
    const answer = await post(server, '/auth/logout', { sid: session.sid }, { cookie })
    expect(answer.setCookies.map(({ name }) => name)).toEqual([
      `rt-${session.sid}-2`,
      `rt-${session.sid}-1`,
    ])
    for (const cleared of answer.setCookies)
      expect(cleared).toMatchObject({
        value: '',
        attributes: expect.arrayContaining(['max-age=0', 'path=/auth']) as string[],
      })
  })

  test('login ends all the families of which the browser shows a cookie, spent ones too, and clears them', async () => {
    const server = await start()
    const [one, two] = [await logIn(server, 'cookie'), await logIn(server, 'cookie')]
    await refresh(server, 'cookie', one, { key: drawKey() })
    const cookie = [one, two].map(cookieOf).join('; ')
    const { username, password } = one
    const answer = await post(server, '/auth/login', { username, password }, { cookie })
    const kept = answer.setCookies.filter(({ value }) => value !== '')
    expect(kept.map(({ name }) => name)).toEqual([`rt-${String(answer.body.sid)}-1`])
    const cleared = answer.setCookies.filter(({ value }) => value === '')
    expect(cleared.map(({ name }) => name)).toEqual([`rt-${one.sid}-1`, `rt-${two.sid}-1`])
    for (const { sid } of [one, two]) expect(await endedReason(server, sid)).toBe('replaced')
  })

  test('a login with a wrong password ends nothing', async () => {
    const server = await start()
    const session = await logIn(server, 'cookie')
    const answer = await post(
      server,
      '/auth/login',
      { username: session.username, password: 'wrong' },
      { cookie: cookieOf(session) },
    )
    expect(answer).toMatchObject({ status: 401, setCookies: [] })
    expect(await isAlive(server, session)).toBe(true)
  })

  test('reuse on one device leaves the other, and a login on it begins anew', async () => {
    const server = await start()
    const phone = await logIn(server, 'body')
    const laptop = await logIn(server, 'cookie', phone)
    await refresh(server, 'body', phone)
    await refresh(server, 'body', phone)
    expect(await endedReason(server, phone.sid)).toBe('reuse_detected')
    expect(await isAlive(server, laptop)).toBe(true)
    expect(await isAlive(server, await logIn(server, 'body', phone))).toBe(true)
  })
})
