import { http } from 'msw'
import { setupServer } from 'msw/node'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  cookieTransport,
  jsonTransport,
  type TokenStorage,
  type Transport,
} from '../../../src/index.ts'
import { SECRET } from '../../support/backend.ts'
import { createVirtualBrowser } from '../../../src/testing/virtual-browser.ts'
import { settle } from '../../support/settle.ts'
import { createRealWork } from '../../support/pass-time.ts'
import { GRANT, ROWS } from '../../support/refresh-answers.ts'
import { rejection } from '../../support/signed-in.ts'

// The outcome of each answer. Only `rejected` ends a session.

const server = setupServer()

beforeAll(() => {
  server.listen({ onUnhandledFrame: 'error' })
  return () => server.close()
})

function answerWith(answer: () => Response): void {
  server.resetHandlers(
    http.post('https://app.test/auth/refresh', answer),
    http.post('https://app.test/auth/logout', () => new Response(null, { status: 204 })),
  )
}

const transports: readonly (readonly [string, Transport])[] = [
  ['cookieTransport', cookieTransport('https://app.test/auth', { hintCookie: 'signed-in' })],
  ['jsonTransport', jsonTransport('https://app.test/auth')],
]

const context = {
  tokens: { accessToken: `${SECRET}-access-1`, refreshToken: `${SECRET}-refresh-1` },
  sessionId: 'sid-1',
  sequence: 3,
  fetch: (...args: Parameters<typeof fetch>) => fetch(...args),
  signal: new AbortController().signal,
  idempotencyKey: 'key-1',
  idleForMs: null,
}

const TOKENS = {
  accessToken: `${SECRET}-access-2`,
  refreshToken: `${SECRET}-refresh-2`,
  expiresInMs: 600_000,
  refreshExpiresInMs: 86_400_000,
  sessionExpiresInMs: 172_800_000,
  sessionId: 'sid-1',
  sequence: 4,
}

describe.each(transports)('%s', (_, transport) => {
  test.each(ROWS)('$name', async ({ name, answer, outcome, details }) => {
    answerWith(answer)
    const result = transport.refresh(context)
    if (name === 'a network error') {
      // fetch rejects. The session counts any rejection as `unavailable`.
      expect(await rejection(result)).toBeInstanceOf(TypeError)
      return
    }
    expect((await result).type).toBe(outcome)
    expect(await result).toMatchObject(outcome === 'refreshed' ? { tokens: TOKENS } : details)
  })

  test('a 200 with JSON that is not a token response rejects, and names what is wrong', async () => {
    for (const answer of [{}, null, [], 'text', { access_token: 7 }, { error: 'invalid_grant' }]) {
      answerWith(() => Response.json(answer))
      expect(await rejection(transport.refresh(context))).toMatchObject({
        name: 'SessionError',
        code: 'invalid_response',
        message: expect.stringContaining('access_token') as unknown,
      })
    }
  })

  test('a redirect is not followed', async () => {
    let visited = false
    server.resetHandlers(
      http.post('https://app.test/auth/refresh', () => Response.redirect('https://app.test/login')),
      http.all('https://app.test/login', () => {
        visited = true
        return Response.json(GRANT)
      }),
    )
    expect((await transport.refresh(context)).type).toBe('unavailable')
    expect(visited).toBe(false)
  })
})

// The same rows again, through a session.

async function signedIn(transport: Transport, maxWaitMs = 100) {
  const { watched, passTimeUntil } = createRealWork()
  const { kind, seal, open } = transport.storage
  const storage: TokenStorage = { kind, seal: watched(seal), open: watched(open) }
  const browser = createVirtualBrowser({
    session: {
      transport: { ...transport, refresh: watched(transport.refresh) },
      storage,
      maxWaitMs,
      fetch,
    },
  })
  const { clock } = browser
  const tab = browser.openTab()
  const { session } = tab
  await passTimeUntil(session.ready, clock)
  const first = { ...GRANT, access_token: `${SECRET}-access-1`, seq: 3 }
  await passTimeUntil(session.login(first), clock)
  const renew = () =>
    passTimeUntil(
      session.getAccessToken({ forceRefresh: true }).then(
        (token) => ({ token, error: undefined }),
        (error: unknown) => ({ token: undefined, error }),
      ),
      clock,
    )
  return { browser, clock, tab, session, renew }
}

/** A refusal ends the session at once, except a plain one: then the access token is used until it expires. */
const LINGERING = 'refresh-rejected'

describe.each(transports)('a session on %s', (_, transport) => {
  const rows = ROWS.filter(({ outcome }) => outcome === 'unavailable')
  test.each(rows)('continues after $name', async ({ answer, details }) => {
    answerWith(answer)
    const { session, tab, renew, browser } = await signedIn(transport)
    const before = structuredClone(browser.stored.record) as Record<string, unknown>
    const { error } = await renew()
    await settle()
    expect(error).toMatchObject({ name: 'SessionError', code: 'refresh_unavailable' })
    expect(session.state).toMatchObject({ status: 'logged-in', end: null })
    expect(tab.eventsOf('ended')).toEqual([])
    const [failure] = tab.eventsOf('refresh-failed')
    expect(failure?.status).toBe(details['status'] ?? null)
    // A later attempt sends the same session id, number and key.
    const { session: id, sid, seq, key, generation, epoch } = before
    expect(browser.stored.record).toMatchObject({ session: id, sid, seq, key, generation, epoch })

    answerWith(() => Response.json(GRANT))
    browser.clock.sleep(60_000)
    const { token } = await renew()
    expect(token).toBe(`${SECRET}-access-2`)
  })

  test.each(ROWS.filter(({ outcome }) => outcome === 'rejected'))(
    'ends after $name, when a second look has found nothing newer',
    async ({ answer, details }) => {
      answerWith(answer)
      const { session, tab, renew, clock } = await signedIn(transport, 15_000)
      const startedAt = clock.now()
      const { error } = await renew()
      expect(error).toMatchObject({ name: 'SessionError' })
      await settle()
      if (details['reason'] === LINGERING) {
        expect(session.state.status).toBe('logged-in')
        expect(session.state.endsAt).toBe(session.state.accessExpiresAt)
        await clock.advance(600_000)
        await settle()
      } else {
        expect(clock.now() - startedAt).toBeGreaterThanOrEqual(1_000)
      }
      expect(session.state.status).toBe('logged-out')
      expect(tab.eventsOf('ended')).toMatchObject([{ reason: details['reason'] }])
    },
  )

  test('takes over the tokens of a refresh', async () => {
    answerWith(() => Response.json(GRANT))
    const { session, renew, clock } = await signedIn(transport)
    const startedAt = clock.now()
    expect(await renew()).toMatchObject({ token: `${SECRET}-access-2` })
    expect(session.state.accessExpiresAt).toBe(startedAt + 600_000)
    expect(session.state.endsAt).toBe(startedAt + 86_400_000)
  })

  test('continues after an answer that is not a token response', async () => {
    answerWith(() => Response.json({ hello: 'world' }))
    const { session, renew } = await signedIn(transport)
    expect((await renew()).error).toMatchObject({
      code: 'refresh_unavailable',
      cause: { code: 'invalid_response' },
    })
    expect(session.state.status).toBe('logged-in')
  })

  test.each([
    ['seconds', { 'retry-after': '40' }],
    [
      'a date',
      { 'retry-after': 'Wed, 21 Oct 2015 07:28:40 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' },
    ],
  ])('does not refresh again before a Retry-After of %s has passed', async (_, headers) => {
    let asked = 0
    answerWith(() => {
      asked++
      return new Response(null, { status: 429, headers })
    })
    const { renew, clock } = await signedIn(transport)
    const retryAt = clock.now() + 40_000
    expect((await renew()).error).toMatchObject({ code: 'refresh_unavailable', retryAt })
    clock.sleep(39_000)
    expect((await renew()).error).toMatchObject({ code: 'refresh_unavailable', retryAt })
    expect(asked).toBe(1)
    clock.sleep(1_000)
    await renew()
    expect(asked).toBe(2)
  })

  test('backs off after a Retry-After of 0 as without one', async () => {
    let asked = 0
    answerWith(() => {
      asked++
      return new Response(null, { status: 503, headers: { 'retry-after': '0' } })
    })
    const { renew } = await signedIn(transport, 15_000)
    expect((await renew()).error).toMatchObject({ code: 'refresh_unavailable' })
    expect(asked).toBeLessThan(10)
  })

  test('gives up a refresh after ten seconds, and continues', async () => {
    const signals: AbortSignal[] = []
    const hanging: typeof fetch = (_, init) => {
      if (init?.signal) signals.push(init.signal)
      return new Promise(() => undefined)
    }
    const browser = createVirtualBrowser({ session: { transport, fetch: hanging } })
    const tab = browser.openTab()
    const { passTimeUntil } = createRealWork()
    await passTimeUntil(tab.session.ready, browser.clock)
    await passTimeUntil(tab.session.login(GRANT), browser.clock)
    const startedAt = browser.clock.now()
    const token = rejection(tab.session.getAccessToken({ forceRefresh: true }))
    await expect.poll(() => signals).toHaveLength(1)
    await browser.clock.advance(9_999)
    expect(tab.eventsOf('refresh-failed')).toEqual([])
    await browser.clock.advance(1)
    await settle()
    expect(tab.eventsOf('refresh-failed')).toMatchObject([{ status: null }])
    expect(signals[0]?.aborted).toBe(true)
    expect(tab.session.state.status).toBe('logged-in')
    expect(await passTimeUntil(token, browser.clock)).toMatchObject({
      code: 'refresh_unavailable',
    })
    expect(browser.clock.now() - startedAt).toBeLessThanOrEqual(15_100)
  })
})
