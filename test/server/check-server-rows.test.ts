import type { Hono } from 'hono'
import { expect, test } from 'vitest'
import { checkServer } from '../../src/testing/check-server/check-server.ts'
import { logIn } from './clients.ts'
import { onPostgres } from './harness.ts'

// Of the same site as the server, as its cookies demand.
const FRIEND = 'http://app.localhost'

/** What an answer is made into on its way, and the only promises that this breaks. */
interface Tampering {
  readonly answers: string
  readonly breaks: readonly string[]
  tamper(answer: Answer, sent: Headers): void
}

/** An answer that can be changed. */
interface Answer {
  status: number
  body: Record<string, unknown> | undefined
  cookies: string[]
  readonly headers: Headers
}

const TAMPERINGS: readonly Tampering[] = [
  {
    answers: 'API requests with what the cache may keep for the next user',
    breaks: ['api-cache'],
    tamper(answer, sent) {
      if (sent.has('authorization')) answer.headers.set('cache-control', 'max-age=60')
    },
  },
  {
    answers: 'API requests with what varies with other headers',
    breaks: ['api-cache'],
    tamper({ headers }, sent) {
      if (!sent.has('authorization')) return
      headers.delete('cache-control')
      headers.set('vary', 'Origin, X-Authorization')
    },
  },
  {
    answers: 'API requests with what varies with the token',
    breaks: [],
    tamper({ headers }, sent) {
      if (!sent.has('authorization')) return
      headers.set('cache-control', 'max-age=60')
      headers.set('vary', 'Origin, authorization')
    },
  },
  {
    answers: 'cookies that script can read',
    breaks: ['cookie-http-only'],
    tamper: (answer) => rewriteCookies(answer, /; HttpOnly/i, ''),
  },
  {
    answers: 'cookies for plain HTTP',
    breaks: ['cookie-secure'],
    tamper: (answer) => rewriteCookies(answer, /; Secure/i, ''),
  },
  {
    answers: 'cookies for all sites',
    breaks: ['cookie-same-site'],
    tamper: (answer) => rewriteCookies(answer, /SameSite=Strict/i, 'SameSite=None'),
  },
  {
    answers: 'cookies for all paths',
    breaks: ['cookie-path'],
    tamper: (answer) => rewriteCookies(answer, /Path=\/auth/i, 'Path=/'),
  },
  {
    answers: 'cookies that are never cleared',
    breaks: ['cookie-older-cleared'],
    tamper(answer) {
      answer.cookies = answer.cookies.filter((line) => !line.includes('Max-Age=0'))
    },
  },
  {
    answers: 'the refresh token in the body as well',
    breaks: ['cookie-only'],
    tamper({ body, cookies }) {
      const token = /=([^;]{16,})/.exec(cookies.join())?.[1]
      if (body && token !== undefined) body['refresh_token'] = token
    },
  },
  {
    answers: 'losers with a cleared cookie',
    breaks: ['loser-cookies'],
    tamper(answer, sent) {
      const [name = ''] = sent.get('cookie')?.split('=') ?? []
      if (answer.status === 409) answer.cookies.push(`${name}=; Max-Age=0; Path=/auth`)
    },
  },
  {
    answers: 'losers with an access token',
    breaks: ['superseded', 'cookies-put-back', 'no-store'],
    tamper({ status, body, headers }) {
      if (status !== 409 || !body) return
      body['access_token'] = 'anything'
      headers.delete('cache-control')
    },
  },
  {
    answers: 'losers without the number of their token',
    breaks: ['superseded', 'cookies-put-back'],
    tamper({ status, body }) {
      if (status === 409) delete body?.['seq']
    },
  },
  {
    answers: 'tokens that may be stored',
    breaks: ['api-cache', 'no-store'],
    tamper: ({ headers }) => headers.set('cache-control', 'private'),
  },
  {
    answers: 'moments for lifetimes',
    breaks: ['lifetimes'],
    tamper({ body }) {
      if (body?.['expires_in'] !== undefined) body['expires_in'] = 1_700_000_600
    },
  },
  {
    answers: 'no lifetime at all',
    breaks: ['token-response'],
    tamper({ body }) {
      delete body?.['expires_in']
    },
  },
  {
    answers: 'refusals as pages',
    breaks: ['refusals'],
    tamper({ status, headers }) {
      if (status === 401) headers.set('content-type', 'text/html')
    },
  },
  {
    answers: 'ends as outages',
    breaks: ['unknown-token', 'refusals', 'reuse'],
    tamper(answer) {
      if (answer.status === 401) answer.status = 503
    },
  },
  {
    answers: 'any origin with itself',
    breaks: ['cors-strangers'],
    tamper({ headers }, sent) {
      headers.set('access-control-allow-origin', sent.get('origin') ?? '*')
      headers.set('access-control-allow-credentials', 'true')
    },
  },
  {
    answers: 'all origins that begin like the right one',
    breaks: ['cors-strangers'],
    tamper({ headers }, sent) {
      const origin = sent.get('origin') ?? ''
      if (!origin.startsWith(FRIEND)) return
      headers.set('access-control-allow-origin', origin)
      headers.set('access-control-allow-credentials', 'true')
    },
  },
  {
    answers: 'no origin but its own',
    breaks: ['cors-friends'],
    tamper: ({ headers }) => headers.delete('access-control-allow-origin'),
  },
  {
    answers: 'preflights without Idempotency-Key',
    breaks: ['cors-friends'],
    tamper({ headers }) {
      const allowed = headers.get('access-control-allow-headers')
      if (allowed)
        headers.set('access-control-allow-headers', allowed.replace(/Idempotency-Key,?/, ''))
    },
  },
  {
    answers: '429 without saying for how long',
    breaks: ['retry-after'],
    tamper: ({ headers }) => headers.delete('retry-after'),
  },
]

onPostgres((start) => {
  test.each(TAMPERINGS)('a server that answers $answers breaks $breaks', async (tampering) => {
    let app: Hono | undefined
    const server = await start({
      allowedOrigins: [FRIEND],
      routes: (own) => {
        app = own
      },
    })
    const { username, password } = await logIn(server, 'cookie')
    const report = await checkServer(
      `${server.url}/auth`,
      { username, password },
      { origin: FRIEND, api: `${server.url}/api/me`, fetch: through(tampering, app) },
    )
    const broken = report.rows.filter(({ held }) => held === 'no').map(({ id }) => id)
    expect(broken).toEqual(tampering.breaks)
  })
})

/** Hands requests to the server without a network between them, which would be more than half of the work. */
function through({ tamper }: Tampering, app: Hono | undefined): typeof fetch {
  if (app === undefined) throw new Error('The server has no routes.')
  const connection = { incoming: { socket: { remoteAddress: '127.0.0.1' } } }
  return async (input, init) => {
    const response = await app.fetch(new Request(input, init), connection)
    const text = await response.text()
    const answer: Answer = {
      status: response.status,
      body: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
      cookies: response.headers.getSetCookie(),
      headers: new Headers(response.headers),
    }
    tamper(answer, new Headers(init?.headers))
    const { status, body, cookies, headers } = answer
    headers.delete('set-cookie')
    for (const line of cookies) headers.append('set-cookie', line)
    return new Response(body && JSON.stringify(body), { status, headers })
  }
}

function rewriteCookies(answer: Answer, what: RegExp, by: string): void {
  answer.cookies = answer.cookies.map((line) => line.replace(what, by))
}
