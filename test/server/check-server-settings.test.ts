import ts from 'typescript'
import { expect, test } from 'vitest'
import { cookieTransport, jsonTransport, type Transport } from '../../src/index.ts'
import { checkServer, type ServerReport } from '../../src/testing/check-server/check-server.ts'
import { formatReport } from '../../src/testing/check-server/format-report.ts'
import {
  createOrdinaryServer,
  type OrdinaryServerOptions,
  type Say,
} from '../support/ordinary-server.ts'
import { ORDINARY_USER } from '../support/ordinary-user.ts'
import { logIn } from './clients.ts'
import { onPostgres } from './harness.ts'

const URL_OF_AUTH = 'https://app.example/auth'

test('a server with one rotating cookie gets the careful rules, which are the default', async () => {
  const { settings } = await check()
  expect(settings.code).toBe(`cookieTransport('/auth')`)
  expect(settings.why.join(' ')).toContain('one tab at a time asks')
})

test('a server that takes the token in the body gets jsonTransport, with its own name for the token', async () => {
  expect((await check({ delivery: 'body' })).settings.code).toBe(`jsonTransport('/auth')`)
  const inCamelCase = await check({
    delivery: 'body',
    say: (accessToken, refreshToken) => ({ data: { accessToken, refreshToken, expiresIn: 600 } }),
  })
  expect(inCamelCase.settings.code).toBe(
    `jsonTransport('/auth', { body: ({ refreshToken }) => ({ refreshToken }) })`,
  )
  expect(heldOf(inCamelCase, 'token-response')).toBe('yes')
})

test('a server that forgives a spent token is asked again, and the report says how long it was forgiven', async () => {
  const lasting = (await check({ forgivesFor: Infinity })).settings
  expect(lasting.code).toBe(`cookieTransport('/auth', { idempotent: true })`)
  expect(lasting.why.join(' ')).toMatch(/accepted again, at once and \d+\.\d s later\./)

  const passing = (await check({ forgivesFor: 10 })).settings
  expect(passing.code).toBe(`cookieTransport('/auth', { idempotent: true })`)
  expect(passing.why.join(' ')).toMatch(/accepted again at once, but no longer \d+\.\d s later\./)
})

test('a server that does not rotate makes no tab wait, and breaks no promise about spent tokens', async () => {
  const report = await check({ rotates: false, delivery: 'body' })
  expect(report.settings.code).toBe(`jsonTransport('/auth', { rotates: false })`)
  const silent = await check({ rotates: false, delivery: 'body', say: withoutRefreshTokenLater() })
  expect(silent.settings.code).toBe(report.settings.code)

  for (const { rows } of [report, silent]) {
    const broken = rows.filter(({ held }) => held === 'no').map(({ id }) => id)
    expect(broken).toEqual(['names-session', 'logout-names-session', 'rotates'])
  }
})

test.each([
  [403, { message: 'Refresh token is over' }, `?.message === 'Refresh token is over'`],
  [400, { error: 'token_dead' }, `?.error === 'token_dead'`],
  [403, { reason: { text: 'over' } }, `typeof body === 'object'`],
] as const)(
  'a server that refuses with %i %o gets a hook that understands it',
  async (status, body, condition) => {
    const server = createOrdinaryServer({
      delivery: 'body',
      refuse: (c) => c.json(body, status),
    })
    const { code } = (await checkApp(server)).settings
    expect(code).toContain(`status === ${status} && `)
    expect(code).toContain(condition)

    const refresh = (transport: Transport) => transport.refresh(contextOf(server))
    expect(await refresh(jsonTransport('/auth'))).toMatchObject({ type: 'unavailable' })
    expect(await refresh(created(code))).toMatchObject({ type: 'rejected' })
  },
)

test('a refusal that repeats what was sent is not repeated in the hook', async () => {
  const { settings } = await check({
    refuse: (c) => c.json({ message: ORDINARY_USER.password }, 403),
  })
  expect(settings.code).not.toContain(ORDINARY_USER.password)
})

test('answers that readTokenResponse cannot read get a read of one’s own, and are named by their members', async () => {
  const { settings } = await check({ say: (access) => ({ access, validFor: 600 }) })
  expect(settings.code).toBe(`cookieTransport('/auth', { read: (answer) => tokensOf(answer) })`)
  expect(settings.why.join(' ')).toContain('the answer has access, validFor')
})

test('a server without a refresh token that can be found says which members its answer has', async () => {
  const checking = check({ delivery: 'body', say: (access, renewal) => ({ access, renewal }) })
  await expect(checking).rejects.toThrow('no refresh token, in a cookie or as "refresh_token"')
  await expect(checking).rejects.toThrow('It has access, renewal')
})

test('the code has the paths that were passed, and the whole URL for pages of another origin', async () => {
  const app = createOrdinaryServer()
  const paths = { refresh: '/refresh?v=2' }
  const report = await checkApp(app, { paths, origin: 'https://www.app.example' })
  expect(report.settings.code).toBe(
    `cookieTransport('https://app.example/auth', { paths: { refresh: '/refresh?v=2' } })`,
  )
})

test('the formatted report ends with the code, and with what each part of it is based on', async () => {
  const report = await check({ forgivesFor: Infinity })
  const [, shown = ''] = formatReport(report).split('\n\nSuits this server\n')
  expect(shown).toContain(`        ${report.settings.code}\n`)
  const text = shown.replaceAll(/\s+/g, ' ')
  for (const reason of report.settings.why) expect(text).toContain(`- ${reason}`)
})

onPostgres((start) => {
  test('a server that numbers its tokens needs no option: a session learns it', async () => {
    const server = await start()
    const { username, password } = await logIn(server, 'cookie')
    const { settings } = await checkServer(`${server.url}/auth`, { username, password })
    expect(settings.code).toBe(`cookieTransport('/auth')`)
    expect(settings.why.join(' ')).toContain('numbered (seq)')
  })
})

function check(options?: OrdinaryServerOptions): Promise<ServerReport> {
  return checkApp(createOrdinaryServer(options))
}

function checkApp(
  app: ReturnType<typeof createOrdinaryServer>,
  options?: Parameters<typeof checkServer>[2],
): Promise<ServerReport> {
  return checkServer(URL_OF_AUTH, ORDINARY_USER, {
    fetch: async (input, init) => app.fetch(new Request(input, init)),
    ...options,
  })
}

function heldOf({ rows }: ServerReport, id: string): string | undefined {
  return rows.find((row) => row.id === id)?.held
}

/** Says a refresh token in answers to a login only, of which each is the first with its token. */
function withoutRefreshTokenLater(): Say {
  const said = new Set<string | undefined>()
  return (access_token, token) => {
    const isNew = !said.has(token)
    said.add(token)
    return { access_token, expires_in: 600, ...(isNew && { refresh_token: token }) }
  }
}

type Create = (cookie: typeof cookieTransport, json: typeof jsonTransport) => Transport

/** The transport that the code creates. */
function created(code: string): Transport {
  const script = ts.transpile(`return ${code}`)
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- what users paste has to run
  const create = new Function('cookieTransport', 'jsonTransport', script) as Create
  return create(cookieTransport, jsonTransport)
}

function contextOf(
  app: ReturnType<typeof createOrdinaryServer>,
): Parameters<Transport['refresh']>[0] {
  return {
    tokens: { accessToken: 'a', refreshToken: 'one that was never issued' },
    sessionId: null,
    sequence: null,
    idempotencyKey: 'k',
    idleForMs: null,
    fetch: async (input, init) =>
      app.fetch(new Request(new URL(input as string, URL_OF_AUTH), init)),
    signal: new AbortController().signal,
  }
}
