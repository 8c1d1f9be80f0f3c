import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { asFetched } from '../../support/as-fetched.ts'
import { json } from '../../support/fake-server.ts'
import { settle } from '../../support/settle.ts'
import { rejection, signIn, type SignedIn } from '../../support/signed-in.ts'
import { withoutAbortSignalAny } from '../../support/without-abort-signal-any.ts'

// DESIGN §4 rule 5: what a caller gets of a refusal, and what is left behind of an answer.

const texts = (...chunks: string[]): Uint8Array<ArrayBuffer>[] =>
  chunks.map((chunk) => new TextEncoder().encode(chunk))

/** A refusal as fetch gives it, which knows where it came from, and whose body is cut off as its request is aborted. */
function refusalFor(
  { init }: { readonly init: RequestInit },
  pull: (controller: ReadableStreamDefaultController<Uint8Array>) => void,
): Response {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      init.signal?.addEventListener('abort', () => controller.error(init.signal?.reason))
    },
    pull,
  })
  return asFetched(new Response(body, { status: 401, headers: { 'x-id': 'abc' } }), {
    url: 'https://app.test/api/notes?moved',
    redirected: true,
    type: 'cors',
  })
}

/** From now on /api/notes refuses every token, and the session is refused as well. */
async function refused(chunks: readonly Uint8Array[], isEndless = false): Promise<SignedIn> {
  const page = await signIn()
  page.backend.route('/auth/refresh', () => json({ error: 'session_revoked' }, 401))
  page.backend.route('/api/notes', (request) => {
    const left = [...chunks]
    return refusalFor(request, (controller) => {
      const chunk = left.shift()
      if (chunk) controller.enqueue(chunk)
      else if (!isEndless) controller.close()
    })
  })
  return page
}

const seen = ({ status, url, redirected, type, headers }: Response) => ({
  status,
  url,
  redirected,
  type,
  id: headers.get('x-id'),
})

test('a refusal that is handed on after the end of the session is what fetch gave, and so are its clones', async () => {
  const { session, clock } = await refused(texts('no', 'body'))
  const answer = session.authFetch('/api/notes')
  await clock.advance(2_000)
  const response = await answer
  expect(session.state.status).toBe('logged-out')
  const expected = {
    status: 401,
    url: 'https://app.test/api/notes?moved',
    redirected: true,
    type: 'cors',
    id: 'abc',
  }
  expect([response, response.clone(), response.clone().clone()].map(seen)).toEqual([
    expected,
    expected,
    expected,
  ])
  expect(await response.clone().text()).toBe('nobody')
  expect(await response.text()).toBe('nobody')
})

test('the abort of its caller reaches the body of a refusal that is handed on', async () => {
  const { session, clock } = await refused(texts('no', 'body'))
  const caller = new AbortController()
  const answer = session.authFetch('/api/notes', { signal: caller.signal })
  await clock.advance(2_000)
  const reading = rejection((await answer).clone().text())
  caller.abort('mine')
  expect(await reading).toBe('mine')
})

test('a caller that aborts while a refusal is read finds its own reason in the body, not the end of the session', async () => {
  const { session, clock, backend } = await signIn({ judgeResponse: () => 'ended' })
  backend.route('/api/notes', (request) => refusalFor(request, () => undefined))
  const caller = new AbortController()
  const answer = session.authFetch('/api/notes', { signal: caller.signal })
  await clock.advance(500)
  caller.abort('mine')
  await clock.advance(500)
  expect(session.state.status).toBe('logged-out')
  expect(await rejection((await answer).text())).toBe('mine')
})

test('a refusal that is still read when the next user signs in ends no session, and lands in no page', async () => {
  const { session, clock, backend } = await signIn({ judgeResponse: () => 'ended' })
  backend.route('/api/notes', (request) => refusalFor(request, () => undefined))
  const answer = rejection(session.authFetch('/api/notes'))
  await clock.advance(500)
  await session.login(backend.issue({ sid: 'sid-2' }))
  await clock.advance(500)
  expect(await answer).toMatchObject({ code: 'session_changed' })
  expect(session.state.status).toBe('logged-in')
})

test('a refusal whose body goes on is repeated, and its connection is given up', async () => {
  const { session, backend } = await signIn()
  let isGivenUp = false
  backend.route('/api/notes', ({ headers }) =>
    headers.get('authorization') === 'Bearer secret-access-1'
      ? new Response(new ReadableStream({ cancel: () => void (isGivenUp = true) }), { status: 401 })
      : json([]),
  )
  expect((await session.authFetch('/api/notes')).status).toBe(200)
  await settle()
  expect(isGivenUp).toBe(true)
})

test('a caller that cancels the body of a refusal that is not repeated ends its connection', async () => {
  const { session, clock, backend } = await signIn()
  let isGivenUp = false
  backend.route(
    '/api/notes',
    () =>
      new Response(new ReadableStream({ cancel: () => void (isGivenUp = true) }), { status: 401 }),
  )
  const answer = await session.authFetch('/api/notes', { replay: false })
  await clock.advance(1_000)
  expect(isGivenUp).toBe(false)
  await answer.body?.cancel()
  expect(isGivenUp).toBe(true)
})

test('a refusal whose body goes on is handed on when the session is over, with what has come of it', async () => {
  const { session, clock } = await refused(texts('begin'), true)
  const answer = session.authFetch('/api/notes')
  await clock.advance(2_000)
  const reader = (await answer).body?.getReader()
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('begin')
  expect(await rejection(reader?.read() ?? Promise.resolve())).toMatchObject({
    code: 'session_ended',
  })
})

test('of a refusal without an end, no more than about 64 kB are read', async () => {
  const { session, clock, backend } = await signIn({ maxWaitMs: 2_000 })
  backend.route('/auth/refresh', () => json({}, 503))
  let pulled = 0
  backend.route('/api/notes', (request) =>
    refusalFor(request, (controller) => {
      pulled += 16_384
      controller.enqueue(new Uint8Array(16_384))
    }),
  )
  const answer = session.authFetch('/api/notes')
  await clock.advance(2_000)
  expect((await answer).status).toBe(401)
  expect(pulled).toBeLessThan(200_000)
})

test.each([
  ['that is not repeated', { replay: false }, undefined],
  ['that ends the session', {}, () => 'ended' as const],
])('a refusal without an end %s is handed on', async (_, init, judgeResponse) => {
  const { session, clock, backend } = await signIn({ ...(judgeResponse && { judgeResponse }) })
  backend.route('/api/notes', (request) => refusalFor(request, () => undefined))
  const answer = session.authFetch('/api/notes', init)
  await clock.advance(2_000)
  expect((await answer).status).toBe(401)
  expect(session.state.status).toBe(judgeResponse ? 'logged-out' : 'logged-in')
  expect(backend.refreshes()).toBe(judgeResponse ? 0 : 1)
})

// Where AbortSignal.any is missing.

const listenersOf = (signal: AbortSignal | null | undefined): number =>
  signal ? getEventListeners(signal, 'abort').length : -1

/** The session's own signal, which fetch is given if the caller has none. */
async function signalOf({ session, backend }: SignedIn): Promise<AbortSignal | null | undefined> {
  await session.authFetch('/api/notes')
  return backend.seen.at(-1)?.init.signal
}

test.each([
  ['is read', () => json({ text: 'read' }), (answer: Response) => answer.text()],
  [
    'is read as a clone',
    () => json({}),
    (answer: Response) => Promise.all([answer.clone().text(), answer.text()]),
  ],
  ['has no body', () => new Response(null, { status: 204 }), () => Promise.resolve()],
  ['is cancelled', () => json({}), (answer: Response) => answer.body?.cancel()],
  ['breaks off', () => broken(), (answer: Response) => rejection(answer.text())],
  ['does not come', () => Promise.reject(new TypeError('offline')), () => Promise.resolve()],
] as const)(
  'without AbortSignal.any, an answer that %s leaves no listener behind',
  async (_, route, use) => {
    withoutAbortSignalAny()
    const page = await signIn()
    const session = await signalOf(page)
    const before = listenersOf(session)
    page.backend.route('/api/notes', route)
    const { signal } = new AbortController()
    for (let call = 0; call < 5; call++) {
      const answer = await page.session.authFetch('/api/notes', { signal }).catch(() => undefined)
      if (answer) await use(answer)
    }
    await settle()
    expect([listenersOf(session), listenersOf(signal)]).toEqual([before, 0])
  },
)

function broken(): Response {
  return new Response(
    new ReadableStream({ pull: (controller) => controller.error(new TypeError('broken')) }),
  )
}

test('without AbortSignal.any, an answer is told apart from that of fetch by nothing that can be read', async () => {
  withoutAbortSignalAny()
  const { session, backend } = await signIn()
  backend.route('/api/notes', (request) =>
    refusalFor(request, (controller) => {
      controller.enqueue(...(texts('text') as [Uint8Array]))
      controller.close()
    }),
  )
  const { signal } = new AbortController()
  const answer = await session.authFetch('/api/notes', { signal, replay: false })
  expect([seen(answer.clone()), seen(answer)].map(({ url }) => url)).toEqual([
    'https://app.test/api/notes?moved',
    'https://app.test/api/notes?moved',
  ])
  expect(await answer.text()).toBe('text')
})

test('without AbortSignal.any, both signals cut off a body that is still arriving', async () => {
  withoutAbortSignalAny()
  const { session, backend } = await signIn()
  backend.route('/api/notes', (request) => {
    const body = refusalFor(request, () => undefined).body
    return new Response(body)
  })
  const caller = new AbortController()
  const mine = rejection((await session.authFetch('/api/notes', caller)).text())
  const theirs = rejection((await session.authFetch('/api/notes', new AbortController())).text())
  caller.abort('mine')
  expect(await mine).toBe('mine')
  await session.logout()
  expect(await theirs).toMatchObject({ code: 'session_ended' })
})

test('a refusal is not read for a caller who has judged it by its body', async () => {
  const { session, backend } = await signIn({
    judgeResponse: async (response) => ((await response.text()) === 'renew' ? 'renew' : 'ok'),
  })
  let answers = 0
  backend.route('/api/notes', () => (answers++ ? json([]) : new Response('renew', { status: 400 })))
  expect((await session.authFetch('/api/notes')).status).toBe(200)
})
