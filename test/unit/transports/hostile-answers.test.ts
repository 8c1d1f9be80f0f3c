import { describe, expect, test } from 'vitest'
import {
  cookieTransport,
  jsonTransport,
  oauthTransport,
  renewTransport,
  type Transport,
  type TransportContext,
} from '../../../src/index.ts'
import { json } from '../../support/fake-server.ts'
import { signIn } from '../../support/signed-in.ts'

// An answer may be of any length, or have no end. A token response is a few kilobytes.

const KILOBYTES_64 = new TextEncoder().encode(' '.repeat(65_536))

/** An answer without an end, and how much of it was read. */
function endless(begin = '', status = 200) {
  const first = [new TextEncoder().encode(begin)]
  let pulledBytes = 0
  let isCancelled = false
  const body = new ReadableStream({
    pull(controller) {
      pulledBytes += KILOBYTES_64.length
      controller.enqueue(first.shift() ?? KILOBYTES_64)
    },
    cancel: () => void (isCancelled = true),
  })
  const headers = { 'content-type': 'application/json' }
  const response = new Response(body, { status, headers })
  return { response, pulledBytes: () => pulledBytes, isCancelled: () => isCancelled }
}

const context = (answer: Response): TransportContext => ({
  tokens: { accessToken: 'secret-access', refreshToken: 'secret-refresh' },
  sessionId: null,
  sequence: null,
  fetch: () => Promise.resolve(answer),
  signal: new AbortController().signal,
  idempotencyKey: 'key',
  idleForMs: null,
})

const TRANSPORTS: readonly (readonly [string, Transport])[] = [
  ['cookieTransport', cookieTransport('/auth')],
  ['jsonTransport', jsonTransport('/auth')],
  ['renewTransport', renewTransport('/auth')],
  ['oauthTransport', oauthTransport({ tokenEndpoint: 'https://id.test/token', clientId: 'spa' })],
  [
    'the discovery of oauthTransport',
    oauthTransport({ issuer: 'https://id.test', clientId: 'spa' }),
  ],
]

describe.each(TRANSPORTS)('%s', (_, transport) => {
  test.each([200, 400, 401, 409])(
    'reads about a megabyte of an endless %i, and gives up',
    async (status) => {
      const answer = endless('{"access_token":"secret', status)
      const outcome = await transport
        .refresh(context(answer.response))
        .catch((error: unknown) => error)
      if (status === 200 || !(outcome as { type?: string }).type)
        expect(outcome).toMatchObject({ name: 'SessionError', code: 'invalid_response' })
      expect(answer.pulledBytes()).toBeLessThan(1_300_000)
      expect((outcome as Partial<Error>).message ?? '').not.toContain('secret')
    },
  )
})

test('an answer of a megabyte of tokens renews nothing, and signs nobody out', async () => {
  const { session, backend, clock } = await signIn({ maxWaitMs: 1_000 })
  const large = `{"access_token":"${'x'.repeat(1_000_000)}"}`
  backend.route('/auth/refresh', () => new Response(large))
  const token = session.getAccessToken({ forceRefresh: true }).catch((error: unknown) => error)
  await clock.advance(5_000)
  expect(await token).toMatchObject({ code: 'refresh_unavailable' })
  expect(session.state.status).toBe('logged-in')
})

test('an answer that is long, and no longer than that, is read', async () => {
  const { session, backend } = await signIn()
  const text = `{"access_token":"secret-${'x'.repeat(900_000)}"}`
  backend.route('/auth/refresh', () => new Response(text))
  expect(await session.getAccessToken({ forceRefresh: true })).toHaveLength(900_007)
})

test('an answer without a stream, as that of a polyfill of fetch, is read as text', async () => {
  const { session, backend, clock } = await signIn()
  backend.route('/auth/refresh', () => {
    const answer = json(backend.issue())
    Object.defineProperty(answer, 'body', { value: undefined })
    return Promise.resolve(answer)
  })
  const token = session.getAccessToken({ forceRefresh: true }).catch((error: unknown) => error)
  await clock.advance(20_000)
  expect(await token).toBeTypeOf('string')
})
