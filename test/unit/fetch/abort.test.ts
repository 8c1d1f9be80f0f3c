import { expect, test } from 'vitest'
import { cookieTransport } from '../../../src/index.ts'
import { createBackend, refusal } from '../../support/backend.ts'
import { createVirtualBrowser } from '../../../src/testing/virtual-browser.ts'
import { settle } from '../../support/settle.ts'
import { gate, json } from '../../support/fake-server.ts'
import { rejection, signIn, transport, type SignedIn } from '../../support/signed-in.ts'
import { withoutAbortSignalAny } from '../../support/without-abort-signal-any.ts'

// Story 33 of test/README.md: the caller's signal is the caller's.

/** A tab whose token has expired, and whose renewal waits for `renewed`. */
async function expired(): Promise<SignedIn & { readonly renewed: { readonly open: () => void } }> {
  const page = await signIn()
  const renewed = page.backend.holdRefreshes()
  page.clock.sleep(600_000)
  return { ...page, renewed }
}

test('a signal that was aborted before rejects with its reason, and nothing is sent', async () => {
  const { session, backend } = await signIn()
  const reason = { mine: true }
  const signal = AbortSignal.abort(reason)
  expect(await rejection(session.authFetch('/api/notes', { signal }))).toBe(reason)
  expect(await rejection(session.authFetch(new Request('https://app.test/', { signal })))).toBe(
    reason,
  )
  expect(backend.seen).toEqual([])
})

test('a signal that was aborted before rejects with its reason when the token has expired, too', async () => {
  const { session, backend } = await expired()
  const reason = new Error('mine')
  const signal = AbortSignal.abort(reason)
  expect(await rejection(session.authFetch('/api/notes', { signal }))).toBe(reason)
  expect(backend.shown()).toEqual([])
})

test('abort during restoring rejects with the reason, at once', async () => {
  const backend = createBackend()
  backend.route('/auth/refresh', () => gate<Response>().promise)
  const browser = createVirtualBrowser({
    session: { transport: cookieTransport('/auth'), fetch: backend.fetch },
  })
  const { session } = browser.openTab()
  const caller = new AbortController()
  const answer = rejection(session.authFetch('/api/notes', { signal: caller.signal }))
  await settle()
  const reason = new Error('mine')
  caller.abort(reason)
  expect(await answer).toBe(reason)
})

test.each(['init', 'a Request'])(
  'abort while waiting for a renewal rejects with the reason, given in %s',
  async (where) => {
    const { session, backend } = await expired()
    const caller = new AbortController()
    const { signal } = caller
    const answer = rejection(
      where === 'init'
        ? session.authFetch('/api/notes', { signal })
        : session.authFetch(new Request('https://app.test/api/notes', { signal })),
    )
    await settle()
    caller.abort('mine')
    const error = await answer
    expect(where === 'init' ? error : (error as DOMException)).toBe('mine')
    expect(backend.shown()).toEqual([])
  },
)

test("one caller's abort leaves the renewal to the others", async () => {
  const { session, backend, renewed } = await expired()
  const callers = Array.from({ length: 8 }, () => new AbortController())
  const answers = callers.map(({ signal }) => session.authFetch('/api/notes', { signal }))
  await settle()
  const rejections = callers.map((caller, n) => {
    if (n % 2 === 1) return undefined
    caller.abort(n)
    return rejection(answers[n] ?? Promise.resolve())
  })
  renewed.open()
  for (let n = 0; n < callers.length; n++) {
    if (n % 2 === 0) expect(await rejections[n]).toBe(n)
    else expect((await answers[n])?.status).toBe(200)
  }
  expect(backend.refreshes()).toBe(1)
  expect(backend.shown()).toHaveLength(4)
})

test('a renewal that its last waiter has given up still arrives, for the next request', async () => {
  const { session, backend, renewed } = await expired()
  const caller = new AbortController()
  const answer = rejection(session.authFetch('/api/notes', { signal: caller.signal }))
  await settle()
  caller.abort()
  expect(await answer).toMatchObject({ name: 'AbortError' })
  renewed.open()
  await settle()
  expect((await session.authFetch('/api/notes')).status).toBe(200)
  expect(backend.refreshes()).toBe(1)
})

test('abort in flight rejects with the reason', async () => {
  const { session, backend } = await signIn()
  backend.route('/api/notes', () => gate<Response>().promise)
  const caller = new AbortController()
  const answer = rejection(session.authFetch('/api/notes', { signal: caller.signal }))
  await settle()
  const reason = new Error('mine')
  caller.abort(reason)
  expect(await answer).toBe(reason)
})

test.each([
  ['an error', new Error('mine')],
  ['null', null],
])(
  'abort with %s between a 401 and its repetition rejects with that, and nothing is repeated',
  async (_, reason) => {
    const { session, backend } = await signIn()
    const renewed = backend.holdRefreshes()
    backend.refuseIssued()
    const caller = new AbortController()
    const answer = rejection(session.authFetch('/api/notes', { signal: caller.signal }))
    await settle()
    caller.abort(reason)
    expect(await answer).toBe(reason)
    renewed.open()
    await settle()
    expect(backend.shown()).toHaveLength(1)
  },
)

test('`signal: null` in init takes the signal of a Request away, as fetch has it', async () => {
  const { session } = await signIn()
  const caller = new AbortController()
  const request = new Request('https://app.test/api/notes', { signal: caller.signal })
  caller.abort()
  expect((await session.authFetch(request, { signal: null })).status).toBe(200)
})

test('aborting works where AbortSignal.any is missing', async () => {
  withoutAbortSignalAny()
  const { session, backend } = await signIn()
  backend.route('/api/notes', () => gate<Response>().promise)
  const caller = new AbortController()
  const { signal } = caller
  const mine = rejection(session.authFetch('/api/notes', { signal }))
  const theirs = rejection(
    session.authFetch('/api/notes', { signal: new AbortController().signal }),
  )
  await settle()
  caller.abort('mine')
  expect(await mine).toBe('mine')
  expect(await rejection(session.authFetch('https://app.test/', { signal }))).toBe('mine')
  await session.logout()
  expect(await theirs).toMatchObject({ code: 'session_ended' })
  expect(await rejection(session.authFetch('https://app.test/', { signal }))).toBe('mine')
})

// When a session ends, requests in flight for it are aborted.

test('logout aborts what is in flight with `session_ended`, before it returns', async () => {
  const { session, backend } = await signIn()
  backend.route('/api/notes', () => gate<Response>().promise)
  const answer = rejection(session.authFetch('/api/notes'))
  await settle()
  const leaving = session.logout()
  const error = await answer
  expect(error).toMatchObject({ name: 'SessionError', code: 'session_ended', reason: 'logout' })
  await leaving
})

test('the answer of one user never lands in the page of the next: `session_changed`', async () => {
  const { session, backend } = await signIn()
  backend.route('/api/notes', () => gate<Response>().promise)
  const answer = rejection(session.authFetch('/api/notes'))
  await settle()
  await session.login(backend.issue({ sid: 'sid-2' }))
  expect(await answer).toMatchObject({ name: 'SessionError', code: 'session_changed' })
})

test.each(['the first request', 'the repeated one'])(
  '%s tells why it was aborted, where fetch rejects with an AbortError of its own (WebKit)',
  async (which) => {
    const backend = createBackend()
    let isRefused = which === 'the first request'
    const answerNotes = (init?: RequestInit): Promise<Response> =>
      new Promise((resolve, reject) => {
        const abort = (): void => reject(new DOMException('Fetch is aborted', 'AbortError'))
        init?.signal?.addEventListener('abort', abort)
        if (!isRefused) resolve(new Response(null, { status: 401 }))
        isRefused = true
      })
    const { session } = await signIn(
      {
        fetch: (input, init) =>
          (input as string).endsWith('/api/notes') ? answerNotes(init) : backend.fetch(input, init),
      },
      backend,
    )
    const answer = rejection(session.authFetch('/api/notes'))
    await settle()
    await session.login(backend.issue({ sid: 'sid-2' }))
    expect(await answer).toMatchObject({ name: 'SessionError', code: 'session_changed' })
  },
)

test('a body that is still arriving when the session ends is cut off', async () => {
  const { session, backend } = await signIn()
  backend.route('/api/notes', (request) => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('first'))
        request.init.signal?.addEventListener('abort', () =>
          controller.error(request.init.signal?.reason),
        )
      },
    })
    return new Response(body)
  })
  const reading = rejection((await session.authFetch('/api/notes')).text())
  await session.logout()
  expect(await reading).toMatchObject({ code: 'session_ended' })
})

test('requests that wait for a renewal when the user logs out reject with `session_ended`', async () => {
  const { session, backend, renewed } = await expired()
  const answers = [1, 2, 3].map(() => rejection(session.authFetch('/api/notes')))
  await settle()
  await session.logout()
  for (const error of await Promise.all(answers)) {
    expect(error).toMatchObject({ code: 'session_ended', reason: 'logout' })
  }
  renewed.open()
  await settle()
  expect(backend.shown()).toEqual([])
})

test('requests that wait for a renewal when another user logs in reject with `session_changed`', async () => {
  const { session, backend } = await expired()
  const answer = rejection(session.authFetch('/api/notes'))
  await settle()
  await session.login(backend.issue({ sid: 'sid-2' }))
  expect(await answer).toMatchObject({ code: 'session_changed' })
  expect(backend.shown()).toEqual([])
})

test('a request made before a login elsewhere was noticed is not sent for the new user', async () => {
  const { session, backend, browser, tab, clock } = await signIn()
  const other = browser.openTab()
  await clock.advance(1_000)
  await other.session.ready
  tab.freeze()
  await other.session.login(backend.issue({ sid: 'sid-2' }))
  await settle()
  const answer = rejection(session.authFetch('/api/notes'))
  tab.thaw()
  await settle()
  expect(await answer).toMatchObject({ code: 'session_changed' })
  expect(backend.shown()).toEqual([])
  expect((await session.authFetch('/api/notes')).status).toBe(200)
})

test('a 401 of an older session is never replayed under the new identity, even if fetch ignores its signal', async () => {
  const backend = createBackend()
  const late = gate()
  const { session } = await signIn(
    { fetch: (input, init = {}) => backend.fetch(input, { ...init, signal: null }) },
    backend,
  )
  backend.route('/api/slow', async () => {
    await late.promise
    return refusal()
  })
  const answer = rejection(session.authFetch('/api/slow', { method: 'POST', body: 'of ada' }))
  await settle()
  await session.login(backend.issue({ sid: 'sid-2' }))
  late.open()
  expect(await answer).toMatchObject({ code: 'session_changed' })
  expect(backend.shown('/api/slow')).toEqual(['secret-access-1'])
  expect(backend.refreshes()).toBe(0)
})

test('what a transport has dressed for one user does not go out after another has come', async () => {
  const dressed = gate()
  const slow = {
    ...transport,
    authorize: async (_: unknown, { accessToken }: { accessToken: string | null }) => {
      await dressed.promise
      return { authorization: `Bearer ${String(accessToken)}` }
    },
  }
  const { session, backend } = await signIn({ transport: slow })
  const answer = rejection(session.authFetch('/api/notes'))
  await settle()
  await session.login(backend.issue({ sid: 'sid-2' }))
  dressed.open()
  expect(await answer).toMatchObject({ code: 'session_changed' })
  expect(backend.shown()).toEqual([])
})

test('at whatever moment of a renewal the user logs out, nothing is sent afterwards', async () => {
  for (let turns = 0; turns < 60; turns++) {
    const { session, backend, renewed } = await expired()
    const states: string[] = []
    backend.route('/api/notes', () => {
      states.push(session.state.status)
      return json([])
    })
    const answer = session.authFetch('/api/notes').then(
      () => 'sent',
      (error: unknown) => (error as { code: string }).code,
    )
    await settle()
    renewed.open()
    for (let turn = 0; turn < turns; turn++) {
      if (turn % 4 === 3) await new Promise((resolve) => setImmediate(resolve))
      else await Promise.resolve()
    }
    const leaving = session.logout()
    const outcome = await answer
    await leaving
    expect(states, String(turns)).toEqual(states.map(() => 'logged-in'))
    expect(['sent', 'session_ended'], String(turns)).toContain(outcome)
  }
})

test('a request made the moment the next user has signed in is not answered in the name of the last one', async () => {
  const backend = createBackend()
  let again: Promise<unknown> | undefined
  const { session } = await signIn(
    {
      fetch: (input, init) => {
        if (input === 'https://app.test/api/slow')
          init?.signal?.addEventListener('abort', () => {
            again = session.authFetch('/api/notes').catch((error: unknown) => error)
          })
        return backend.fetch(input, init)
      },
    },
    backend,
  )
  backend.route('/api/slow', () => gate<Response>().promise)
  const slow = rejection(session.authFetch('/api/slow'))
  await settle()
  await session.login(backend.issue({ sid: 'sid-2' }))
  expect(await slow).toMatchObject({ code: 'session_changed' })
  await again
  expect(backend.shown()).toEqual(['secret-access-2'])
})
