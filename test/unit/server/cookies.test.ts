import { describe, expect, test } from 'vitest'
import { createKit, drawKey, drawSecret, forge, ORIGIN, type Browser } from './kit.ts'

const HINT = 'latchkey-hint'

/** The refresh cookie that a browser has, and the sid in it. */
function cookieOf(browser: Browser<undefined>) {
  const [name = '', value = ''] = browser.cookies.find(([each]) => each.startsWith('rt-')) ?? []
  return { name, value, sid: value.slice(0, 22) }
}

async function signedIn(options: Parameters<typeof createKit>[0] = {}) {
  const kit = createKit(options)
  const browser = kit.openBrowser()
  const { body } = await browser.signIn()
  return { kit, browser, sid: String(body['sid']) }
}

test('each token has a cookie of its own, and the one before it is removed', async () => {
  const { browser, sid } = await signedIn()
  expect(browser.cookies.map(([name]) => name)).toEqual([`rt-${sid}-1`, HINT])
  const { status, set, removed } = await browser.refresh({ key: drawKey() })
  expect({ status, set, removed }).toEqual({
    status: 200,
    set: [`rt-${sid}-2`, HINT],
    removed: [`rt-${sid}-1`],
  })
})

test('the readable hint changes with each token, so that a page sees that an answer has arrived', async () => {
  const { browser } = await signedIn()
  const hint = () => browser.cookies.find(([name]) => name === HINT)?.[1]
  expect(hint()).toBe('1')
  await browser.refresh({ key: drawKey() })
  expect(hint()).toBe('2')
})

describe('cookies that another site of the domain has planted', () => {
  test.each([
    ['with a higher number in its name', (sid: string) => [`rt-${sid}-999`, forge(sid, 999)]],
    ['with a lower number in its token', (sid: string) => [`rt-${sid}-999`, forge(sid, 1)]],
    ['under the name of the real one', (sid: string) => [`rt-${sid}-1`, forge(sid, 1)]],
    ['with another secret of the session', (sid: string) => [`rt-${sid}-2`, forge(sid, 2)]],
    ['without a token in it', (sid: string) => [`rt-${sid}-2`, 'x']],
    ['of an invented session', () => [`rt-${drawSecret()}-1`, forge()]],
  ] as const)('do not hide the real one: %s', async (_, plant) => {
    const { browser, sid } = await signedIn()
    const [name = '', value = ''] = plant(sid)
    browser.cookies.unshift([name, value])
    expect(await browser.refresh({ key: drawKey() })).toMatchObject({
      status: 200,
      body: { sid, seq: 2 },
    })
  })

  test('are not cleared, unless the real one has their name', async () => {
    const { browser, sid } = await signedIn()
    browser.cookies.unshift([`rt-${sid}-7`, forge(sid, 7)])
    const { removed } = await browser.refresh({ key: drawKey() })
    expect(removed).toEqual([`rt-${sid}-1`])
  })

  test.each([0, 1, 2])('end no session with an invented token of number %i', async (seq) => {
    const { kit, browser, sid } = await signedIn()
    await browser.refresh({ key: drawKey() })
    await browser.refresh({ key: drawKey() })
    // The sid is no secret: it is in access tokens, and in the names of the cookies.
    const stranger = kit.openBrowser()
    stranger.cookies.push([`rt-${sid}-${seq}`, forge(sid, seq)])
    expect(await stranger.refresh({ key: drawKey() })).toMatchObject({
      status: 401,
      body: { error: 'invalid_grant' },
    })
    expect(await browser.refresh({ key: drawKey() })).toMatchObject({ status: 200 })
  })

  test('are not cleared when they are all there is of a live session', async () => {
    const { browser, sid } = await signedIn()
    browser.cookies.splice(0, 2, [`rt-${sid}-7`, forge(sid, 7)])
    const answer = await browser.refresh({ key: drawKey() })
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_grant' }, removed: [] })
  })

  test.each([undefined, 'sid'])(
    'do not sign a user out by their number, with %s',
    async (named) => {
      const { browser, sid } = await signedIn()
      for (let n = 0; n < 60; n++) browser.cookies.unshift([`rt-x${n}-1`, forge()])
      const body = named === undefined ? {} : { sid }
      expect((await browser.refresh({ key: drawKey(), body })).status).toBe(200)
    },
  )
})

test('a cookie of a session that is not kept any more is removed', async () => {
  const { browser, sid } = await signedIn()
  const gone = drawSecret()
  browser.cookies.unshift([`rt-${gone}-4`, forge(gone, 4)])
  const { status, removed } = await browser.refresh({ key: drawKey() })
  expect(status).toBe(200)
  expect(new Set(removed)).toEqual(new Set([`rt-${gone}-4`, `rt-${sid}-1`]))
})

test('a cookie of another session that is over is removed, and does not stand in the way', async () => {
  const { kit, browser, sid } = await signedIn()
  const other = kit.openBrowser()
  const { body } = await other.signIn()
  await kit.sessions.end(String(body['sid']))
  browser.cookies.unshift(...other.cookies.slice(0, 1))
  const { status, removed } = await browser.refresh({ key: drawKey() })
  expect(status).toBe(200)
  expect(new Set(removed)).toEqual(new Set([`rt-${String(body['sid'])}-1`, `rt-${sid}-1`]))
})

test('many dead cookies are removed a few at a time, so that the headers of no answer are too long for a proxy', async () => {
  const { browser } = await signedIn()
  for (let n = 0; n < 30; n++) {
    const gone = drawSecret()
    browser.cookies.unshift([`rt-${gone}-1`, forge(gone)])
  }
  for (let left = 30; left > 0; left -= 9) {
    const { status, headers } = await browser.refresh({ key: drawKey() })
    expect(status).toBe(200)
    expect(headers.getSetCookie().join('\n').length).toBeLessThan(2_000)
  }
  expect(browser.cookies).toHaveLength(2)
})

test('the hint stays while there is a cookie that was not judged', async () => {
  const { kit, browser, sid } = await signedIn()
  const other = kit.openBrowser()
  kit.advance(1)
  const younger = await other.signIn()
  browser.cookies.unshift(...other.cookies.slice(0, 1))
  // The younger one counts, and ends for reuse.
  await kit.refresh(other.cookies[0]?.[1] ?? '', { key: drawKey() })
  const answer = await browser.refresh({ key: drawKey() })
  expect(answer.body['error']).toBe('reuse_detected')
  expect(answer.removed).toEqual([`rt-${String(younger.body['sid'])}-1`])
  expect((await browser.refresh({ key: drawKey() })).body['sid']).toBe(sid)
})

test('without a sid the youngest live session counts, and the cookies of the other stay', async () => {
  const { kit, browser } = await signedIn()
  kit.advance(10)
  const other = kit.openBrowser()
  const younger = await other.signIn({ subject: 'bob' })
  browser.cookies.push(...other.cookies)
  const answer = await browser.refresh({ key: drawKey() })
  expect(answer.body['sid']).toBe(younger.body['sid'])
  expect(answer.removed).toEqual([`rt-${String(younger.body['sid'])}-1`])
})

test('with a sid that session counts, and no other is looked at', async () => {
  const { kit, browser, sid } = await signedIn()
  kit.advance(10)
  const other = kit.openBrowser()
  await other.signIn({ subject: 'bob' })
  browser.cookies.push(...other.cookies)
  const body = { sid }
  expect((await browser.refresh({ key: drawKey(), body })).body['sid']).toBe(sid)
  const loggedOut = await browser.logOut({ body })
  expect(loggedOut).toMatchObject({ status: 204, removed: [`rt-${sid}-2`] })
  expect(browser.cookies.map(([name]) => name)).toContain(HINT)
})

test('the hint goes with the last cookie', async () => {
  const { browser, sid } = await signedIn()
  expect(await browser.logOut({ body: { sid } })).toMatchObject({
    status: 204,
    removed: [`rt-${sid}-1`, HINT],
  })
})

test('of several cookies of a session the newest counts, and the others are removed', async () => {
  const { browser, sid } = await signedIn()
  const first = cookieOf(browser)
  await browser.refresh({ key: drawKey() })
  browser.cookies.unshift([first.name, first.value])
  const { body, removed } = await browser.refresh({ key: drawKey() })
  expect(body['seq']).toBe(3)
  expect(new Set(removed)).toEqual(new Set([`rt-${sid}-1`, `rt-${sid}-2`]))
})

test('a sign-in ends the sessions whose cookies it is sent, and removes these', async () => {
  const { kit, browser, sid } = await signedIn()
  const { removed } = await browser.signIn()
  expect(removed).toEqual([`rt-${sid}-1`])
  expect((await kit.sessions.find(sid))?.end?.reason).toBe('replaced')
})

test('a sign-in whose token goes into the body removes the cookies of what it has replaced', async () => {
  const { browser, sid } = await signedIn()
  const { removed, set } = await browser.signIn({ delivery: 'body' })
  expect(removed).toEqual([`rt-${sid}-1`, HINT])
  expect(set).toEqual([])
})

describe('attributes', () => {
  async function lines(options: Parameters<typeof createKit>[0], origin: string, url = ORIGIN) {
    const { sessions } = createKit(options)
    const headers = { origin, 'x-requested-with': 'test', 'sec-fetch-site': 'same-origin' }
    const request = new Request(`${url}/auth/login`, { method: 'POST', headers })
    const answer = await sessions.start(request, { subject: 'alice' })
    return answer.headers.getSetCookie()
  }

  test('keep the token from script and from other sites', async () => {
    const [token = '', hint = ''] = await lines({}, ORIGIN)
    expect(token).toMatch(/; SameSite=Strict; Path=\/auth; Max-Age=2592000; HttpOnly; Secure$/)
    expect(hint).toBe(`${HINT}=1; SameSite=Strict; Path=/; Max-Age=2592000; Secure`)
  })

  test('are those of the options', async () => {
    const cookie = { name: '__Secure-s', path: '/id', domain: 'app.test', hint: false } as const
    const [token = '', ...others] = await lines({ cookie: { ...cookie, sameSite: 'None' } }, ORIGIN)
    expect(token).toMatch(
      /^__Secure-s-[\w-]{22}-1=.*; SameSite=None; Path=\/id; .*Domain=app\.test/,
    )
    expect(others).toEqual([])
  })

  test.each([
    ['http://localhost:3000', 'http://localhost:3000', false],
    ['https://app.test', 'http://localhost:3000', true],
    ['http://localhost:3000', 'https://api.test', true],
  ])('a page on %s gets %s a Secure cookie: %s', async (origin, url, isSecure) => {
    const [token = ''] = await lines({}, origin, url)
    expect(/; Secure$/.test(token)).toBe(isSecure)
  })
})
