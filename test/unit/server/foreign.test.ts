import { describe, expect, test } from 'vitest'
import { createKit, DAY_S, drawKey, drawSecret, forge } from './kit.ts'

const LEGACY = 'legacy.token.of-a-table'

/** A kit that knows tokens of a table, by subject, and how often it has looked one up. */
function createMoving(graceS = 0, limits = {}) {
  const table = new Map([[LEGACY, 'alice']])
  const asked: string[] = []
  const kit = createKit<string>({
    graceS,
    limits,
    foreign: {
      cookie: 'old-session',
      resolve(token) {
        asked.push(token)
        const subject = table.get(token)
        return subject === undefined ? undefined : { subject, data: 'moved' }
      },
    },
  })
  return { kit, table, asked }
}

describe('a token of a table of one’s own', () => {
  test('becomes a session of the kit when it is first shown, in a body', async () => {
    const { kit, asked } = createMoving()
    const answer = await kit.refresh(LEGACY, { key: drawKey() })
    expect(answer).toMatchObject({ status: 200, body: { seq: 1 } })
    expect(await kit.sessions.list('alice')).toMatchObject([{ data: 'moved' }])
    expect((await kit.refresh(answer.token, { key: drawKey() })).body['seq']).toBe(2)
    expect(asked).toEqual([LEGACY])
  })

  test('becomes one in a cookie, and from then on the cookie of the kit counts', async () => {
    const { kit } = createMoving()
    const browser = kit.openBrowser()
    browser.cookies.push(['old-session', LEGACY])
    const { body, set, removed } = await browser.refresh({ key: drawKey() })
    const sid = String(body['sid'])
    expect(set).toContain(`rt-${sid}-1`)
    expect(removed).toEqual([])
    const again = await browser.refresh({ key: drawKey(), body: { sid } })
    expect(again.body).toMatchObject({ sid, seq: 2 })
  })

  test('is not hidden by planted cookies, of the kit’s names or of its own', async () => {
    const { kit } = createMoving()
    const browser = kit.openBrowser()
    browser.cookies.push(
      ['rt-x-1', forge()],
      ['old-session', 'planted'],
      ['old-session', LEGACY],
      ['old-session', ''],
    )
    expect((await browser.refresh({ key: drawKey() })).status).toBe(200)
    expect(await kit.sessions.list('alice')).toHaveLength(1)
  })

  test('is refused if the application does not know it', async () => {
    const { kit } = createMoving()
    for (const unknown of ['x', 'x'.repeat(4096)])
      expect(await kit.refresh(unknown, { key: drawKey() })).toMatchObject({
        status: 401,
        body: { error: 'invalid_grant' },
      })
    expect((await kit.refresh('x'.repeat(4097))).status).toBe(400)
  })

  test('begins one session, whatever form it is shown in', async () => {
    const { kit, table } = createMoving()
    const own = drawSecret()
    table.set(own, 'alice')
    await kit.refresh(own, { key: drawKey() })
    for (const sid of [drawSecret(), drawSecret()]) {
      const dressed = [sid, 0, drawSecret(), own].join('.')
      expect((await kit.refresh(dressed, { key: drawKey() })).status).toBe(401)
    }
    expect(await kit.sessions.list('alice')).toHaveLength(1)
  })

  test('is judged by the refresh table when two tabs show it: S4 with one key', async () => {
    const { kit } = createMoving()
    const key = drawKey()
    const answers = await Promise.all([1, 2].map(() => kit.refresh(LEGACY, { key })))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(new Set(answers.map(({ token }) => token)).size).toBe(1)
    expect(rowsOf(kit.audited).toSorted()).toEqual(['S2', 'S4'])
  })

  test.each([
    [0, 401, 'S7'],
    [10, 409, 'S6'],
  ])('two tabs that send no key, and %i s of grace: %i', async (graceS, status, row) => {
    const { kit } = createMoving(graceS)
    const answers = await Promise.all([1, 2].map(() => kit.refresh(LEGACY)))
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, status])
    expect(rowsOf(kit.audited).toSorted()).toEqual(['S2', row])
  })

  test('does not come back after the session that it began was idle for too long', async () => {
    const { kit } = createMoving(0, { idleTtlS: 600, sessionTtlS: 10 * DAY_S })
    await kit.refresh(LEGACY, { key: drawKey() })
    for (const seconds of [1_000, 1_000, DAY_S]) {
      kit.advance(seconds)
      const answer = await kit.refresh(LEGACY, { key: drawKey() })
      expect(answer).toMatchObject({ status: 401, body: { error: 'session_idle' } })
    }
  })

  test('can sign out without having been renewed', async () => {
    const { kit } = createMoving()
    expect((await kit.logOut(LEGACY)).status).toBe(204)
    expect((await kit.refresh(LEGACY, { key: drawKey() })).body['error']).toBe('session_revoked')
  })

  test.each(['names', 'does not name'])(
    'does not begin a session while another lives in the browser, which the page %s',
    async (named) => {
      const { kit, asked } = createMoving()
      const browser = kit.openBrowser()
      browser.cookies.push(['old-session', LEGACY])
      const { body } = await browser.signIn({ subject: 'bob', data: 'new' })
      kit.advance(60)
      const sent = named === 'names' ? { sid: body['sid'] } : {}
      const answer = await browser.refresh({ key: drawKey(), body: sent })
      expect(answer.body['sid']).toBe(body['sid'])
      expect(await kit.sessions.list('alice')).toEqual([])
      expect(asked).toEqual([])
    },
  )

  test('begins one when the other has ended', async () => {
    const { kit } = createMoving()
    const browser = kit.openBrowser()
    browser.cookies.push(['old-session', LEGACY])
    const { body } = await browser.signIn({ subject: 'bob', data: 'new' })
    await kit.sessions.end(String(body['sid']))
    expect((await browser.refresh({ key: drawKey() })).status).toBe(200)
    expect(await kit.sessions.list('alice')).toHaveLength(1)
  })
})

function rowsOf(audited: readonly { readonly row?: string | undefined }[]): string[] {
  return audited.flatMap(({ row }) => row ?? [])
}
