import { expect, test } from 'vitest'
import { createTargets, type ResolveTarget } from '../../../src/fetch/targets.ts'
import { cookieTransport } from '../../../src/index.ts'
import { signIn, transport } from '../../support/signed-in.ts'

// Story 31 of test/README.md: a token sent to third parties.

type Call = readonly [input: RequestInfo | URL, init: RequestInit | undefined]

/** A signed-in session whose requests end here: some of these no network could send. */
async function recording(options: Parameters<typeof signIn>[0] = {}) {
  const calls: Call[] = []
  const { session, backend } = await signIn({
    origins: ['https://api.test', 'http://localhost:8080'],
    ...options,
    fetch: (input, init) => {
      calls.push([input, init])
      return Promise.resolve(new Response('{}'))
    },
  })
  return { session, backend, calls }
}

function isDressed([, init]: Call): boolean {
  return new Headers(init?.headers).has('authorization')
}

test.each([
  '/api',
  'api',
  '?page=2',
  '#top',
  '',
  '//app.test/api',
  'https://app.test',
  'https://app.test:443/api',
  'HTTPS://APP.TEST/api',
  'https://api.test/v1/notes?next=https://evil.test',
  'https://api.test:443/',
  'http://localhost:8080/x',
  ' https://app.test/api ',
  'https://app.test/authors',
  'https://app.test/auth-log',
  'https://app.test/auth/../api',
])('%j gets the token', async (url) => {
  const { session, calls } = await recording()
  await session.authFetch(url)
  expect(calls.map(isDressed)).toEqual([true])
})

test('an endpoint that the transport has only now discovered gets no token, and no URL below it does', async () => {
  const endpoints: string[] = []
  const { session, calls } = await recording({ transport: { ...transport, endpoints } })
  endpoints.push('https://api.test/oauth/token')
  for (const path of ['/oauth/token', '/oauth/token/revoke', '/oauth/me'])
    await session.authFetch(`https://api.test${path}`)
  expect(calls.map(isDressed)).toEqual([false, false, true])
})

test.each([
  // Other hosts, however they are written.
  'https://evil.test/api',
  '//evil.test/api',
  '\\\\evil.test/api',
  '/\\evil.test/api',
  '\\/evil.test/api',
  '/\t/evil.test/api',
  '\n//evil.test/api',
  'https:\\\\evil.test',
  'https:/\\evil.test',
  'https://app.test.evil.test/',
  'https://app.test@evil.test/',
  'https://app.test:secret@evil.test/',
  'https://evil.test/https://app.test/',
  'https://evil.test?https://app.test',
  'https://evil.test#https://app.test',
  'https://evil.test\\@app.test/',
  'https://xapp.test/',
  'https://www.app.test/',
  'https://app.test./',
  'https://app.tes%74.evil.test/',
  'https://аpp.test/',
  // The right host, but not by the right way.
  'http://app.test/api',
  'https://app.test:8443/api',
  'https://app.test:80/api',
  'https://localhost:8080/x',
  'http://localhost/x',
  'http://localhost:80801/x',
  'http://127.0.0.1:8080/x',
  'ws://app.test/',
  'wss://app.test/',
  'ftp://app.test/',
  // No origin of their own, or that of the page that made them.
  'blob:https://app.test/2e1f1c1e-9c4c-4a3e-8f5e-0d6c7c1f9f3a',
  'filesystem:https://app.test/temporary/x',
  'data:application/json,{}',
  'data:,https://app.test/',
  'about:blank',
  'file:///etc/passwd',
  'javascript:fetch("https://app.test")',
  // No URLs.
  'https://',
  'https://app.test:99999/',
  'http://[::1/',
])('%j does not, and is left to fetch as it came', async (url) => {
  const { session, calls } = await recording()
  const init = { headers: { 'x-a': '1' } }
  await session.authFetch(url, init)
  expect(calls).toHaveLength(1)
  expect(calls[0]?.[0]).toBe(url)
  expect(calls[0]?.[1]).toBe(init)
})

test('a 401 of a stranger renews nothing', async () => {
  const { session, backend } = await signIn()
  backend.route('/elsewhere', () => new Response(null, { status: 401 }))
  const { status } = await session.authFetch('https://evil.test/elsewhere')
  expect(status).toBe(401)
  expect(backend.seen).toHaveLength(1)
})

test.each([
  '/auth/refresh',
  '/auth/refresh/',
  '/auth/logout?next=/api',
  'https://app.test/auth/refresh#x',
  '/api/../auth/refresh',
  '//app.test/auth/logout',
])("%j is the transport's own and never gets the token", async (url) => {
  const { session, calls } = await recording()
  await session.authFetch(url)
  expect(calls.map(isDressed)).toEqual([false])
})

test('a transport elsewhere keeps its endpoints too, and leaves the rest of its host to the list', async () => {
  const elsewhere = cookieTransport('https://api.test/auth', { hintCookie: 'signed-in' })
  const { session, calls } = await recording({ transport: elsewhere })
  await session.authFetch('https://api.test/auth/refresh')
  await session.authFetch('https://api.test/notes')
  await session.authFetch('/auth/refresh')
  expect(calls.map(isDressed)).toEqual([false, true, true])
})

test('a transport at the root of a host keeps its own endpoints, and leaves the API beside them to the list', async () => {
  const atRoot = cookieTransport('https://api.test/', { hintCookie: 'signed-in' })
  const { session, calls } = await recording({ transport: atRoot })
  await session.authFetch('https://api.test/refresh')
  await session.authFetch('https://api.test/logout')
  await session.authFetch('https://api.test/notes')
  expect(calls.map(isDressed)).toEqual([false, false, true])
})

test("a caller's own Authorization is left alone, in init and in a Request, and its 401 is the caller's", async () => {
  const { session, backend } = await signIn()
  backend.refuseIssued()
  const own = { headers: { AUTHORIZATION: 'Basic mine' } }
  const answers = [
    await session.authFetch('/api/notes', own),
    await session.authFetch(new Request('https://app.test/api/notes', own)),
  ]
  expect(answers.map(({ status }) => status)).toEqual([401, 401])
  expect(backend.shown()).toEqual(['Basic mine', 'Basic mine'])
  expect(backend.refreshes()).toBe(0)
})

test('a request whose answer nobody may read gets no token', async () => {
  const { session, calls } = await recording()
  await session.authFetch('/api', { mode: 'no-cors' })
  await session.authFetch(new Request('https://app.test/api', { mode: 'no-cors' }))
  await session.authFetch(new Request('https://app.test/api', { mode: 'no-cors' }), {
    mode: 'cors',
  })
  expect(calls.map(isDressed)).toEqual([false, false, true])
})

test('the list is the one that was given, whatever becomes of the array', async () => {
  const origins = ['https://api.test']
  const { session, calls } = await recording({ origins })
  origins.push('https://evil.test')
  await session.authFetch('https://evil.test/')
  expect(calls.map(isDressed)).toEqual([false])
})

test('a thousand different URLs are told apart as well as one', async () => {
  const { session, calls } = await recording()
  for (let n = 0; n < 1_000; n++) {
    await session.authFetch(`https://${n % 2 ? 'app' : 'evil'}.test/${String(n)}`)
  }
  await session.authFetch('https://evil.test/0')
  await session.authFetch('https://app.test/1')
  expect(calls.map(isDressed)).toEqual([
    ...Array.from({ length: 1_000 }, (_, n) => n % 2 === 1),
    false,
    true,
  ])
})

/** The rule alone, on a page that counts how often a URL is parsed. */
function counting(): { readonly resolveTarget: ResolveTarget; readonly parsed: () => number } {
  let parsed = 0
  const resolveTarget = createTargets(
    ['https://app.test'],
    [],
    {
      base: 'https://app.test/',
      resolve(url) {
        parsed++
        return new URL(url, 'https://app.test/').href
      },
    },
    (url) => url,
  )
  return { resolveTarget, parsed: () => parsed }
}

test('a URL that is called again is not parsed again', () => {
  const { resolveTarget, parsed } = counting()
  for (let call = 0; call < 3; call++) {
    expect(resolveTarget('api/notes')).toBe('https://app.test/api/notes')
    expect(resolveTarget('https://evil.test/')).toBeNull()
  }
  expect(parsed()).toBe(2)
})

test('two hundred URLs are remembered, none of them longer than a thousand characters', () => {
  const { resolveTarget, parsed } = counting()
  const urls = Array.from({ length: 200 }, (_, n) => `/${String(n)}`.padEnd(1_000, 'x'))
  for (const url of [...urls, ...urls]) resolveTarget(url)
  expect(parsed()).toBe(200)
  const long = '/'.padEnd(1_001, 'x')
  resolveTarget(long)
  resolveTarget(long)
  expect(parsed()).toBe(202)
  // One more, and remembering begins afresh.
  resolveTarget('/one-more')
  for (const url of urls) resolveTarget(url)
  expect(parsed()).toBeGreaterThan(400)
})

test('what turns out to be an endpoint of the transport gets no token any more', () => {
  const endpoints: string[] = []
  const base = 'https://app.test/'
  const resolve = (url: string): string => new URL(url, base).href
  const page = { base, resolve }
  const resolveTarget = createTargets(['https://app.test'], endpoints, page, resolve)
  expect(resolveTarget('/oauth/revoke')).toBe('https://app.test/oauth/revoke')
  endpoints.push('https://app.test/oauth/revoke')
  expect(resolveTarget('/oauth/revoke')).toBeNull()
  expect(resolveTarget('/oauth/userinfo')).toBe('https://app.test/oauth/userinfo')
})

test('a foreign request is not copied, however large its body', async () => {
  const { session, calls } = await recording()
  class Uncopied extends Request {
    override clone(): Request {
      throw new Error('Copied')
    }
  }
  const request = new Uncopied('https://evil.test/upload', { method: 'POST', body: 'x' })
  await session.authFetch(request)
  expect(calls[0]?.[0]).toBe(request)
})
