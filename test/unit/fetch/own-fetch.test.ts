import { afterEach, expect, test } from 'vitest'
import { openPage, rejection, signIn } from '../../support/signed-in.ts'
import { json } from '../../support/fake-server.ts'

// A call may bring a `fetch` of its own along: XMLHttpRequest behind the interface of fetch, or another library's pipeline.

type Sent = readonly [url: string, init: RequestInit | undefined]

/** Sends through the backend, and keeps what it was called with. */
function recording(send: typeof fetch): { readonly sent: Sent[]; readonly fetch: typeof fetch } {
  const sent: Sent[] = []
  return {
    sent,
    fetch(input, init) {
      sent.push([input as string, init])
      return send(input, init)
    },
  }
}

const authorizations = (sent: readonly Sent[]): readonly unknown[] =>
  sent.map(([, init]) => new Headers(init?.headers).get('authorization'))

afterEach(() => void Reflect.deleteProperty(Object.prototype, 'fetch'))

test('it sends the request and its repetition, each with the token of that moment, and nothing else of the session', async () => {
  const { session, backend } = await signIn()
  const own = recording(backend.fetch)
  backend.refuseIssued()
  const answer = await session.authFetch('/api/notes', {
    method: 'POST',
    body: 'x',
    fetch: own.fetch,
  })
  expect(answer.status).toBe(200)
  expect(authorizations(own.sent)).toEqual(['Bearer secret-access-1', 'Bearer secret-access-2'])
  expect(own.sent[0]?.[1]).toMatchObject({ method: 'POST', body: 'x' })
  expect(own.sent[0]?.[1]).not.toHaveProperty('fetch')
  expect(backend.refreshes()).toBe(1)
})

test('it gets calls without a token as they came: to another origin, with an authorization of their own, logged out', async () => {
  const { session } = await signIn()
  const own = recording(() => Promise.resolve(json([])))
  await session.authFetch('https://other.test/', { fetch: own.fetch })
  await session.authFetch('/api/notes', { headers: { authorization: 'own' }, fetch: own.fetch })
  await session.logout()
  await session.authFetch('/api/notes', { fetch: own.fetch })
  expect(own.sent.map(([url]) => url)).toEqual(['https://other.test/', '/api/notes', '/api/notes'])
  expect(authorizations(own.sent)).toEqual([null, 'own', null])
})

test('its signal aborts when the session ends, and the call rejects with that', async () => {
  const { session } = await signIn()
  let signal: AbortSignal | null | undefined
  const call = session.authFetch('/api/notes', {
    fetch: (_, init) =>
      new Promise((_resolve, reject) => {
        signal = init?.signal
        signal?.addEventListener('abort', () => reject(new Error('given up')))
      }),
  })
  const outcome = rejection(call)
  await session.logout()
  expect(signal?.aborted).toBe(true)
  expect(await outcome).toMatchObject({ name: 'SessionError', code: 'session_ended' })
})

test('what it rejects with is what the call rejects with', async () => {
  const { session } = await signIn()
  const broken = new Error('no network')
  expect(
    await rejection(session.authFetch('/api/notes', { fetch: () => Promise.reject(broken) })),
  ).toBe(broken)
})

test('a `fetch` of Object.prototype, or one that is no function, gets no token', async () => {
  const { session, backend } = await signIn()
  const evil = recording(backend.fetch)
  Object.defineProperty(Object.prototype, 'fetch', { value: evil.fetch, configurable: true })
  await session.authFetch('/api/notes', { method: 'POST' })
  await session.authFetch('https://other.test/', {}).catch(() => undefined)
  await session.authFetch('/api/notes', { fetch: 'evil' } as object)
  expect(evil.sent).toEqual([])
  expect(backend.shown()).toHaveLength(2)
})

test('five calls that are refused at once make one renewal, as with the fetch of the session', async () => {
  const { session, backend } = await openPage()
  await session.login(backend.issue())
  const own = recording(backend.fetch)
  backend.refuseIssued()
  const calls = Array.from({ length: 5 }, () =>
    session.authFetch('/api/notes', { fetch: own.fetch }),
  )
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array(5).fill(200))
  expect(backend.refreshes()).toBe(1)
})
