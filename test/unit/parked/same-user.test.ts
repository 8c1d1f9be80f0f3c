import { expect, test } from 'vitest'
import { stay, type StayOptions } from '../../../src/index.ts'
import { jwt } from '../../support/backend.ts'
import { openPage, rejection, signIn } from '../../support/signed-in.ts'

type Answer = Readonly<Record<string, unknown>>

const OPAQUE: Answer = {}
const tokenFor = (sub: string, tenant = 'acme'): Answer => ({ access_token: jwt({ sub, tenant }) })

/** A call waits since the session of `first` was revoked, and the user of `second` signs in. */
async function signInAgain(options: StayOptions, first: Answer, second: Answer) {
  const page = await openPage({ onEnd: stay(options) })
  const { session, backend, browser } = page
  const served: unknown[] = []
  backend.route('/api/save', (request) => {
    served.push(request.method)
    return new Response()
  })
  const login = async (answer: Answer) => {
    await session.login(backend.issue({ ...answer, session_expires_in: 60 }))
    await browser.settle()
  }
  await login(first)
  await browser.advance(61_000)
  expect(session.state).toMatchObject({ status: 'logged-out', parked: 0 })
  const saved = session.authFetch('/api/save', { method: 'POST' })
  const outcome = saved.then(
    ({ status }) => status,
    (error: unknown) => error,
  )
  await login(second)
  return { ...page, login, outcome, served }
}

test('tokens that name no user send nothing unless the application says whose they are', async () => {
  const { outcome, served, session } = await signInAgain({}, OPAQUE, OPAQUE)
  expect(await outcome).toMatchObject({ code: 'session_changed' })
  expect(served).toEqual([])
  // It may be the same user: the application can reset the page.
  expect(session.state.cover).toMatchObject({ reason: 'session-limit' })
})

test.each([
  [true, 200],
  [false, { code: 'session_changed' }],
])('the application says of opaque tokens whether they are of one user: %s', async (is, result) => {
  const asked: unknown[] = []
  const sameUser: StayOptions['sameUser'] = (...users) => {
    asked.push(users)
    return Promise.resolve(is)
  }
  const { outcome } = await signInAgain({ sameUser }, OPAQUE, OPAQUE)
  expect(await outcome).toEqual(is ? result : expect.objectContaining(result as object))
  const nobody = { subject: null, claims: null }
  expect(asked).toEqual([[nobody, nobody]])
})

test('the application may tell tenants apart', async () => {
  const { outcome, served } = await signInAgain(
    { sameUser: (last, now) => last.claims?.['tenant'] === now.claims?.['tenant'] },
    tokenFor('alice'),
    tokenFor('alice', 'other'),
  )
  expect(await outcome).toMatchObject({ code: 'session_changed' })
  expect(served).toEqual([])
})

test('the application is not asked about tokens that name two users', async () => {
  let asked = 0
  const sameUser = () => ++asked > 0
  const { outcome } = await signInAgain({ sameUser }, tokenFor('alice'), tokenFor('bob'))
  expect(await outcome).toMatchObject({ code: 'session_changed' })
  expect(asked).toBe(0)
})

test('an error of the application is reported, and nothing is sent', async () => {
  const error = new Error('of the application')
  const sameUser = () => Promise.reject(error)
  const { outcome, tab } = await signInAgain({ sameUser }, OPAQUE, OPAQUE)
  expect(await outcome).toMatchObject({ code: 'session_changed' })
  expect(tab.reported).toEqual([error])
})

test('calls wait until the application has said whose the session is, but for its own', async () => {
  const page: { session?: Awaited<ReturnType<typeof signIn>>['session'] } = {}
  const { session, backend, browser } = await signIn({
    onEnd: stay({
      async sameUser() {
        const answer = await page.session?.authFetch('/api/me', { park: false })
        return (await answer?.json()) === 'alice'
      },
    }),
  })
  page.session = session
  const served: string[] = []
  let tellName = (): void => undefined
  backend.route('/api/me', async () => {
    await new Promise<void>((resolve) => (tellName = resolve))
    return Response.json('alice')
  })
  backend.route('/api/save', () => {
    served.push('saved')
    return new Response()
  })
  await session.login(backend.issue({ session_expires_in: 60 }))
  await browser.advance(61_000)
  await session.login(backend.issue())
  const saved = session.authFetch('/api/save', { method: 'POST' })
  await browser.settle()
  expect(session.state).toMatchObject({ status: 'logged-in', parked: 1 })
  expect(session.state.cover).not.toBeNull()
  expect(served).toEqual([])
  tellName()
  expect((await saved).status).toBe(200)
  expect(session.state.cover).toBeNull()
})

test('a login without an answer does not send what waits before its user is known', async () => {
  const { session, backend, browser } = await signIn({ onEnd: stay() })
  const served: unknown[] = []
  backend.route('/api/save', () => {
    served.push('saved')
    return new Response()
  })
  await session.login({ ...backend.issue({ session_expires_in: 60 }), ...tokenFor('alice') })
  await browser.advance(61_000)
  const outcome = rejection(session.authFetch('/api/save', { method: 'POST' }))
  let answer = (): void => undefined
  backend.route('/auth/refresh', async () => {
    await new Promise<void>((resolve) => (answer = resolve))
    return Response.json({ ...backend.issue(), ...tokenFor('bob') })
  })
  const login = session.login()
  await browser.settle()
  expect(session.state).toMatchObject({ status: 'restoring', parked: 1 })
  const late = rejection(session.authFetch('/api/save', { method: 'POST' }))
  answer()
  await login
  expect(await outcome).toMatchObject({ code: 'session_changed' })
  expect(await late).toMatchObject({ code: 'session_changed' })
  expect(served).toEqual([])
})

test('a sign-in that comes to nothing has calls go on to wait', async () => {
  const { session, backend, browser } = await signIn({ onEnd: stay() })
  await session.login({ ...backend.issue({ session_expires_in: 60 }), ...tokenFor('alice') })
  await browser.advance(61_000)
  backend.route('/api/save', () => new Response())
  const saved = session.authFetch('/api/save', { method: 'POST' })
  backend.route('/auth/refresh', () => Response.json({ error: 'invalid_grant' }, { status: 401 }))
  expect(await rejection(session.login())).toMatchObject({ code: 'no_session' })
  expect(session.state).toMatchObject({ status: 'logged-out', parked: 1 })
  expect(session.state.cover).not.toBeNull()
  await session.login({ ...backend.issue(), ...tokenFor('alice') })
  expect((await saved).status).toBe(200)
})
