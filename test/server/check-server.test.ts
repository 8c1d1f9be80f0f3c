import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { checkServer, type ServerReport } from '../../src/testing/check-server/check-server.ts'
import { formatReport } from '../../src/testing/check-server/format-report.ts'
import { reportsInMarkdown } from '../check-server/reports.ts'
import { ARTICLE_USER, createArticleServer, serve } from '../support/article-server.ts'
import { logIn, type Mode } from './clients.ts'
import { onEachDatabase, onPostgres, type TestServer } from './harness.ts'

// Of the same site as the server, as its cookies demand.
const FRIEND = 'http://app.localhost'

const COOKIES_ONLY = [
  'loser-cookies',
  'logout-beside-others',
  'cookie-http-only',
  'cookie-secure',
  'cookie-same-site',
  'cookie-path',
  'cookie-numbered',
  'cookie-newest-counts',
  'cookie-older-cleared',
  'cookie-only',
  'csrf-header',
]

onEachDatabase((start) => {
  test('the demo keeps every promise, with the refresh token in a cookie', async () => {
    const report = await checkDemo(await start({ allowedOrigins: [FRIEND] }), 'cookie')

    expect(notKept(report)).toEqual({})
    expect(report).toMatchObject({ delivery: 'cookie', passed: true })
    expect(report.rows.length).toBeGreaterThan(30)
    expect(new Set(report.rows.map(({ id }) => id)).size).toBe(report.rows.length)
  })

  test('the demo keeps every promise that applies, with the refresh token in a body', async () => {
    const report = await checkDemo(await start({ allowedOrigins: [FRIEND] }), 'body')

    expect(idsOf(report, 'no')).toEqual([])
    expect(idsOf(report, 'not applicable')).toEqual(COOKIES_ONLY)
    expect(report).toMatchObject({ delivery: 'body', passed: true })
  })
})

onPostgres((start) => {
  test('a login that is refused is said as it is, without the password', async () => {
    const server = await start()
    const { username } = await logIn(server, 'cookie')
    const checking = checkServer(`${server.url}/auth`, { username, password: 'not the password' })
    await expect(checking).rejects.toThrow('The login was answered 401 invalid_credentials.')
  })

  test('a server that forgives reuse is reported neither as faulty nor as keeping the promise', async () => {
    const report = await checkDemo(await start({ allowedOrigins: [FRIEND], graceS: 60 }), 'cookie')
    expect(idsOf(report, 'no')).toEqual([])
    expect(idsOf(report, 'not applicable')).toEqual(['reuse', 'reuse-ends-one'])
  })

  test('a login of one’s own can sign in, and is sent with the headers of the others', async () => {
    const server = await start()
    const { username, password } = await logIn(server, 'cookie')
    const report = await checkServer(
      `${server.url}/auth`,
      { username, password },
      {
        fetch: patiently,
        login: ({ credentials, fetch: send }) =>
          send(`${server.url}/auth/login`, {
            method: 'POST',
            body: new URLSearchParams({ ...credentials, delivery: 'body' }),
          }),
      },
    )
    expect(report).toMatchObject({ delivery: 'body', passed: true })
    expect(idsOf(report, 'not applicable')).toContain('retry-after')
  })

  test('the reports shown in the documentation are those of the command', async () => {
    const demo = await checkDemo(await start({ allowedOrigins: [FRIEND] }), 'cookie')
    const article = await checkServer(`${(await startArticleServer()).url}/auth`, ARTICLE_USER)
    const file = join(import.meta.dirname, '../check-server/README.md')
    expect(readFileSync(file, 'utf8')).toBe(reportsInMarkdown(demo, article))
  })
})

test('what articles teach fails where lost answers, several tabs and late logouts are concerned', async () => {
  const server = await startArticleServer()
  const report = await checkServer(`${server.url}/auth`, ARTICLE_USER)

  expect(report.passed).toBe(false)
  expect(notKept(report)).toEqual({
    'names-session': 'The answer to a login has no sid.',
    'one-rotation': 'They were answered 200 (1), 401 invalid_grant (63).',
    'same-successor': 'The repeated refresh was answered 401 invalid_grant.',
    'leaf-again': 'The server does not number its refresh tokens.',
    superseded: 'It was answered 401 invalid_grant.',
    'loser-cookies': 'The answer sets or clears a refresh cookie.',
    'cookies-put-back': 'The server does not number its refresh tokens.',
    'logout-names-session': 'The server does not name its sessions.',
    'cookie-numbered': 'The next token came in the same cookie.',
    'csrf-header': 'It was served.',
  })
  expect(idsOf(report, 'not applicable')).toEqual([
    'short-key',
    'logout-beside-others',
    'cookie-newest-counts',
    'cookie-older-cleared',
    'cors-friends',
    'api-cache',
    'retry-after',
  ])
})

test('what is broken comes first, the worst for users before the rest, and says what harm it does', async () => {
  const server = await startArticleServer()
  const report = await checkServer(`${server.url}/auth`, ARTICLE_USER, {
    fetch: async (...args) => withoutNoStore(await fetch(...args)),
  })
  const broken = report.rows.filter(({ held }) => held === 'no')
  const ids = broken.map(({ id }) => id)

  expect(report.rows.slice(0, broken.length)).toEqual(broken)
  expect([...new Set(broken.map(({ harm }) => harm))]).toEqual([
    'session-lost',
    'others-let-in',
    'theft-eased',
    'delay',
  ])
  expect(ids.indexOf('same-successor')).toBeLessThan(ids.indexOf('csrf-header'))
  expect(ids.indexOf('csrf-header')).toBeLessThan(ids.indexOf('no-store'))
  expect(formatReport(report)).toMatch(
    /\n\nSigns users out\n.* names-session [\s\S]*\n\nLets others in\n.* csrf-header [\s\S]*\n\nHelps a thief\n.* no-store [\s\S]*\n\nCosts time\n.* leaf-again [\s\S]*\n\nKept\n/,
  )
})

test('paths and headers are those of the server', async () => {
  const asked = new Set<string>()
  const server = await startArticleServer()
  await checkServer(`${server.url}/`, ARTICLE_USER, {
    paths: { login: '/auth/login', refresh: '/auth/refresh', logout: '/auth/logout' },
    headers: { 'x-csrf': '1' },
    fetch: (input, init) => {
      const { pathname } = new URL(input as string)
      asked.add(`${pathname} ${String(new Headers(init?.headers).has('x-csrf'))}`)
      return fetch(input, init)
    },
  })
  expect(asked).toContain('/auth/login true')
  expect(asked).toContain('/auth/logout true')
  // The one without is there to see it refused.
  expect(asked).toContain('/auth/refresh false')
})

test('no token, cookie or password gets into a report, not even from a server that repeats them', async () => {
  const secrets = new Set<string>([ARTICLE_USER.password])
  const server = await startArticleServer()
  const report = await checkServer(
    server.url.replace('//', '//user:hunter2-hunter2@') + '/auth',
    ARTICLE_USER,
    {
      fetch: async (input, init) => {
        const url = (input as string).replace('user:hunter2-hunter2@', '')
        const response = await fetch(url, init)
        const cookie = new Headers(init?.headers).get('cookie') ?? ''
        for (const line of response.headers.getSetCookie())
          secrets.add(/=([^;]*)/.exec(line)?.[1] ?? '')
        if (response.ok) return response
        return Response.json({ error: cookie.split('=')[1] }, { status: 401 })
      },
    },
  )
  secrets.delete('')
  const told = JSON.stringify(report) + formatReport(report)
  expect(secrets.size).toBeGreaterThan(50)
  expect([...secrets, 'hunter2'].filter((secret) => told.includes(secret))).toEqual([])
})

test('an URL that is not absolute, and a server that does not answer, are reported before anything else', async () => {
  await expect(checkServer('/auth', ARTICLE_USER)).rejects.toThrow(TypeError)
  const { url, close } = await serve(createArticleServer())
  await close()
  await expect(checkServer(`${url}/auth`, ARTICLE_USER)).rejects.toThrow('fetch failed')
})

test('a server that breaks down half way keeps no promise that could not be seen', async () => {
  // Seven before the first promise is tested, and two for that one.
  let requests = 0
  const server = await startArticleServer()
  const report = await checkServer(`${server.url}/auth`, ARTICLE_USER, {
    fetch: (...args) =>
      ++requests < 10 ? fetch(...args) : Promise.reject(new TypeError('fetch failed')),
  })
  expect(report.passed).toBe(false)
  expect(idsOf(report, 'yes')).toEqual(['token-response', 'no-store', 'refusals'])
  expect(notKept(report)).toMatchObject({ rotates: 'It could not be asked: fetch failed' })
})

test('the formatted report names each promise, and of each broken one what was seen and what it costs', async () => {
  const server = await startArticleServer()
  const report = await checkServer(`${server.url}/auth`, ARTICLE_USER)
  const text = formatReport(report).replaceAll(/\s+/g, ' ')
  for (const { id, held, promise, detail, cost } of report.rows) {
    expect(text).toContain(id)
    if (held !== 'not applicable') expect(text).toContain(promise)
    if (held !== 'yes') expect(text).toContain(detail)
    expect(text.includes(cost)).toBe(held === 'no')
  }
  expect(text).toMatch(/ \d+ kept, 10 broken, 7 not applicable\.$/)
})

test('an answer without an end is left after a megabyte', async () => {
  let sent = 0
  const left = Promise.withResolvers<undefined>()
  const server = await serve({
    fetch: () => {
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const piece = new TextEncoder().encode(sent === 0 ? '{"error": "' : 'x'.repeat(65_536))
          sent += piece.length
          controller.enqueue(piece)
        },
        cancel: () => left.resolve(undefined),
      })
      return new Response(body, { headers: { 'content-type': 'application/json' } })
    },
  })
  onTestFinished(server.close)
  const checking = checkServer(`${server.url}/auth`, ARTICLE_USER)
  await expect(checking).rejects.toThrow('The login brought no refresh token')
  await left.promise
  // What was sent but not read is in the buffers of the connection.
  expect(sent).toBeLessThan(20_000_000)
})

async function checkDemo(server: TestServer, mode: Mode): Promise<ServerReport> {
  const { username, password } = await logIn(server, mode)
  const credentials = { username, password, delivery: mode }
  return checkServer(`${server.url}/auth`, credentials, {
    origin: FRIEND,
    api: '/api/me',
    fetch: patiently,
  })
}

/** Waits for each answer, however slow the machine is: the checks themselves give up after a while. */
const patiently: typeof fetch = (input, init) => fetch(input, { ...init, signal: null })

function withoutNoStore(response: Response): Response {
  const headers = new Headers(response.headers)
  headers.delete('cache-control')
  return new Response(response.body, { status: response.status, headers })
}

async function startArticleServer(): Promise<{ readonly url: string }> {
  const server = await serve(createArticleServer())
  onTestFinished(server.close)
  return server
}

function idsOf({ rows }: ServerReport, held: 'yes' | 'no' | 'not applicable'): string[] {
  return rows.filter((row) => row.held === held).map(({ id }) => id)
}

/** What was seen of the promises that are not kept, by id. */
function notKept({ rows }: ServerReport): Record<string, string> {
  return Object.fromEntries(
    rows.filter(({ held }) => held === 'no').map(({ id, detail }) => [id, detail]),
  )
}
