import { expect, test } from 'vitest'
import {
  cookieOf,
  drawKey,
  edit,
  endedReason,
  isAlive,
  logIn,
  maxAgeOf,
  post,
  refresh,
  type Answer,
  type Token,
} from './clients.ts'
import { onEachDatabase } from './harness.ts'

onEachDatabase((start) => {
  test('the refresh cookie is out of the reach of scripts, of other sites and of other paths', async () => {
    const server = await start({ refreshTtlS: 1000 })
    const { sid, answer } = await logIn(server, 'cookie')
    expect(answer.setCookies).toEqual([
      {
        name: `rt-${sid}-1`,
        value: expect.stringMatching(/^[\w-]{22}\.1\.[\w-]{22}\.[\w-]{22}$/) as string,
        attributes: expect.arrayContaining([
          'httponly',
          'secure',
          'samesite=strict',
          'path=/auth',
        ]) as string[],
      },
    ])
    expect(answer.setCookies.map(maxAgeOf)).toEqual([expect.closeTo(1000, -1)])
    expect(answer.body).not.toHaveProperty('refresh_token')
  })

  test('body mode sets no cookie and reads none', async () => {
    const server = await start()
    const session = await logIn(server, 'body')
    const inCookie = await logIn(server, 'cookie')
    const answer = await post(
      server,
      '/auth/refresh',
      { refresh_token: session.token },
      { cookie: cookieOf(inCookie) },
    )
    expect(answer).toMatchObject({
      status: 200,
      body: { sid: session.sid, seq: 2 },
      setCookies: [],
    })
    expect(session.answer.setCookies).toEqual([])
  })

  test.each([
    ['http://localhost gets none, which Safari would refuse there', 'http://localhost:5173', false],
    ['another origin gets one', 'https://app.example', true],
  ])('Secure cookies: a page of %s', async (_, origin, secure) => {
    const server = await start({ allowedOrigins: [origin] })
    const session = await logIn(server, 'cookie')
    const answer = await post(server, '/auth/refresh', {}, { cookie: cookieOf(session), origin })
    expect(answer.setCookies).toHaveLength(2)
    for (const { attributes } of answer.setCookies)
      expect(attributes.includes('secure')).toBe(secure)
  })

  test('a rotation sets the next cookie and clears the older ones it was shown', async () => {
    const server = await start()
    const first = await logIn(server, 'cookie')
    const second = shownBy(await refresh(server, 'cookie', first))
    const answer = await refresh(server, 'cookie', second, { alsoShown: [first] })
    expect(setBy(answer)).toEqual([`rt-${first.sid}-3`])
    expect(clearedBy(answer)).toEqual([`rt-${first.sid}-1`, `rt-${first.sid}-2`])
  })

  test('an older cookie beside the newest, put back by a late answer, is not punished', async () => {
    const server = await start()
    const first = await logIn(server, 'cookie')
    const second = shownBy(await refresh(server, 'cookie', first, { key: drawKey() }))
    const third = await refresh(server, 'cookie', second, {
      key: drawKey(),
      alsoShown: [first],
    })
    expect(third.status).toBe(200)
    expect(server.rows()).toEqual(['S2', 'S2'])
  })

  test('a planted cookie with a higher number does not hide the real one', async () => {
    const server = await start()
    const session = await logIn(server, 'cookie')
    const planted = { ...session, seq: 999, token: 'A'.repeat(43) }
    const answer = await refresh(server, 'cookie', session, { alsoShown: [planted] })
    expect(answer).toMatchObject({ status: 200, body: { seq: 2 } })
  })

  test('S3 sets no cookie, for the browser has it, and clears the older one', async () => {
    const server = await start()
    const first = await logIn(server, 'cookie')
    const key = drawKey()
    const second = shownBy(await refresh(server, 'cookie', first, { key }))
    const answer = await refresh(server, 'cookie', second, { key, seq: 1, alsoShown: [first] })
    expect(server.rows()).toEqual(['S2', 'S3'])
    expect(setBy(answer)).toEqual([])
    expect(clearedBy(answer)).toEqual([`rt-${first.sid}-1`])
  })

  test('S4 sets the cookie that was lost and clears the one it was shown', async () => {
    const server = await start()
    const first = await logIn(server, 'cookie')
    const key = drawKey()
    await refresh(server, 'cookie', first, { key })
    const again = await refresh(server, 'cookie', first, { key })
    expect(setBy(again)).toEqual([`rt-${first.sid}-2`])
    expect(clearedBy(again)).toEqual([`rt-${first.sid}-1`])
  })

  test('S1 and S7 clear the cookies of their own sid and no other', async () => {
    const server = await start()
    const [mine, other] = [await logIn(server, 'cookie'), await logIn(server, 'cookie')]
    await refresh(server, 'cookie', mine)
    const alsoShown = [other]
    const reuse = await refresh(server, 'cookie', mine, { alsoShown })
    expect(reuse.body.error).toBe('reuse_detected')
    expect(clearedBy(reuse)).toEqual([`rt-${mine.sid}-1`])
    const ended = await refresh(server, 'cookie', mine, { alsoShown })
    expect(ended.body.error).toBe('session_revoked')
    expect(clearedBy(ended)).toEqual([`rt-${mine.sid}-1`])
    const gone = goneFrom(mine)
    const unknown = await refresh(server, 'cookie', gone, { alsoShown })
    expect(unknown.body.error).toBe('invalid_grant')
    expect(clearedBy(unknown)).toEqual([`rt-${gone.sid}-1`])
    expect(await isAlive(server, other)).toBe(true)
  })

  test('a sid whose cookie is missing ends nothing, though another one is shown', async () => {
    const server = await start()
    const session = await logIn(server, 'cookie')
    const answer = await post(
      server,
      '/auth/refresh',
      { sid: 'another', seq: 1 },
      { cookie: cookieOf(session) },
    )
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_grant' }, setCookies: [] })
    expect(await endedReason(server, session.sid)).toBeNull()
  })

  test('without a sid, the youngest family that lives is refreshed, and the cookies of those that are over go', async () => {
    const server = await start()
    const old = await logIn(server, 'cookie')
    const young = await logIn(server, 'cookie')
    const youngest = await logIn(server, 'cookie')
    // Idle time does not end a family by a mark, but by the clock: it must be passed over all the same.
    await edit(server, youngest.sid, (document) => ({ ...document, refreshEndsAt: 0 }))
    const cookie = [youngest, old, young].map(cookieOf).join('; ')
    const answer = await post(server, '/auth/refresh', {}, { cookie })
    expect(answer).toMatchObject({ status: 200, body: { sid: young.sid } })
    expect(clearedBy(answer)).toEqual([`rt-${young.sid}-1`, `rt-${youngest.sid}-1`].sort())
  })

  test('without a sid and with nothing but dead cookies, all of them are cleared', async () => {
    const server = await start()
    const session = await logIn(server, 'cookie')
    const gone = [goneFrom(session), goneFrom(session, 'B')]
    const cookie = [...gone.map(cookieOf), 'rt-planted-5=B', 'theme=dark'].join('; ')
    const answer = await post(server, '/auth/refresh', {}, { cookie })
    expect(answer.status).toBe(401)
    expect(clearedBy(answer)).toEqual(gone.map(({ sid }) => `rt-${sid}-1`))
  })
})

/** A token of a session that is not kept any more. */
function goneFrom({ sid, seq, token }: Token, letter = 'A'): Token {
  const gone = letter.repeat(sid.length)
  return { sid: gone, seq, token: token.replace(sid, gone) }
}

function shownBy({ token }: { readonly token: Token | undefined }): Token {
  if (token === undefined) throw new Error('No token came.')
  return token
}

function setBy({ setCookies }: Answer): string[] {
  return setCookies.filter(({ value }) => value !== '').map(({ name }) => name)
}

function clearedBy({ setCookies }: Answer): string[] {
  return setCookies
    .filter(({ attributes }) => attributes.includes('max-age=0'))
    .map(({ name }) => name)
    .sort()
}
