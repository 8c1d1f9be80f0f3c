import { expect, test } from 'vitest'
import { cookieTransport } from '../../../src/index.ts'
import { createTargets } from '../../../src/fetch/targets.ts'
import { signIn } from '../../support/signed-in.ts'

test('what only says that it is a Request goes where fetch would take it, and its url gets nothing', async () => {
  const calls: unknown[] = []
  const { session } = await signIn({
    fetch: (input) => {
      calls.push(input)
      return Promise.resolve(new Response('{}'))
    },
  })
  calls.length = 0
  const foreign = {
    url: 'https://evil.test/',
    headers: new Headers(),
    method: 'GET',
    [Symbol.toStringTag]: 'Request',
  }
  await session.authFetch(foreign as unknown as Request)
  expect(calls).toEqual(['https://app.test/[object%20Request]'])
})

test.each([
  ['that gets the token', 'https://app.test/api/notes'],
  ['that gets none', 'https://evil.test/'],
])('what stands for a URL %s is converted once', async (_, url) => {
  const calls: unknown[] = []
  const { session } = await signIn({
    fetch: (input) => {
      calls.push(input)
      return Promise.resolve(new Response('{}'))
    },
  })
  let conversions = 0
  const input = {
    toString() {
      conversions++
      return url
    },
  }
  await session.authFetch(input as unknown as string)
  expect(conversions).toBe(1)
  expect(calls).toEqual([url])
})

test.each([
  ['a relative URL', 'api/notes'],
  ['a relative URL that has an absolute one in it', 'api/notes?next=https://app.test/'],
])('<base> moved elsewhere: %s that was fine is not any more', (_, url) => {
  let base = 'https://app.test/'
  const resolveTarget = createTargets(
    ['https://app.test'],
    [],
    {
      get base() {
        return base
      },
      resolve: (url) => new URL(url, base).href,
    },
    (url) => url,
  )
  expect(resolveTarget(url)).toBe(`https://app.test/${url}`)
  base = 'https://evil.test/'
  expect(resolveTarget(url)).toBeNull()
})

test('a refused answer that nobody may read is handed out as it came', async () => {
  const opaque = Object.defineProperty(Response.error(), 'type', { value: 'opaqueredirect' })
  const { session, backend } = await signIn({
    judgeResponse: ({ status }) => (status === 0 ? 'renew' : 'ok'),
  })
  backend.route('/api/notes', () => opaque)
  const answer = await session.authFetch('/api/notes', { redirect: 'manual', replay: false })
  expect(answer).toBe(opaque)
})

test('the API below the transport URL gets the token', async () => {
  const { session, backend } = await signIn({
    transport: cookieTransport('/api', { hintCookie: 'x' }),
  })
  await session.authFetch('/api/notes')
  expect(backend.shown()).not.toEqual([null])
})
