import { describe, expect, test } from 'vitest'
import { oauthTransport, type Tokens, type TransportContext } from '../../../src/index.ts'
import { json } from '../../support/fake-server.ts'

const ISSUER = 'https://login.test/realms/one'
const OPENID = `${ISSUER}/.well-known/openid-configuration`
const OAUTH = 'https://login.test/.well-known/oauth-authorization-server/realms/one'
const TOKEN = 'https://tokens.test/token'
const REVOCATION = 'https://tokens.test/revoke'
const METADATA = { issuer: ISSUER, token_endpoint: TOKEN, revocation_endpoint: REVOCATION }
const ANSWER = { access_token: 'access-2', token_type: 'Bearer', expires_in: 60 }
const tokens: Tokens = { accessToken: 'access-1', refreshToken: 'refresh-1' }

type Routes = Readonly<Record<string, () => Response>>

/** A network in which these URLs answer, with a context to send by it. All other URLs reject, as without CORS headers. */
function network(routes: Routes) {
  const sent: { readonly url: string; readonly init: RequestInit; readonly form: unknown }[] = []
  let now = routes
  const send: typeof fetch = (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input)
    const { body } = init
    const form = body instanceof URLSearchParams ? Object.fromEntries(body) : null
    sent.push({ url, init, form })
    const answer = now[url]
    return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError('Failed to fetch'))
  }
  const context: TransportContext & { readonly everywhere: boolean } = {
    tokens,
    sessionId: null,
    sequence: null,
    fetch: send,
    signal: new AbortController().signal,
    idempotencyKey: 'a-key',
    idleForMs: null,
    everywhere: false,
  }
  return {
    sent,
    context,
    urls: () => sent.map(({ url }) => url),
    change: (next: Routes) => void (now = next),
  }
}

const byIssuer = () => oauthTransport({ issuer: ISSUER, clientId: 'the-page' })
const byEndpoint = () => oauthTransport({ tokenEndpoint: TOKEN, clientId: 'the-page' })
const answers = { [TOKEN]: () => json(ANSWER) }
const refreshed = { type: 'refreshed', tokens: { accessToken: 'access-2', expiresInMs: 60_000 } }

describe('a refresh', () => {
  test('is the refresh grant of a public client, as a form that needs no preflight, without cookies', async () => {
    const { sent, context } = network(answers)
    expect(await byEndpoint().refresh(context)).toMatchObject(refreshed)
    const [{ url, init, form } = { url: '', init: {}, form: null }] = sent
    expect(sent).toHaveLength(1)
    expect(url).toBe(TOKEN)
    expect(form).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-1',
      client_id: 'the-page',
    })
    expect(init).toMatchObject({ method: 'POST', credentials: 'omit', redirect: 'manual' })
    // The server would have to allow any other header by CORS.
    expect(init.headers).toEqual({ accept: 'application/json' })
  })

  test('sends the scope if there is one', async () => {
    const { sent, context } = network(answers)
    const scope = 'api://notes offline_access'
    await oauthTransport({ tokenEndpoint: TOKEN, clientId: 'the-page', scope }).refresh(context)
    expect(sent[0]?.form).toMatchObject({ scope })
  })

  test.each([
    ['invalid_grant', 400],
    ['invalid_grant', 401],
    ['invalid_grant', 403],
    ['interaction_required', 400],
    ['login_required', 400],
    ['consent_required', 400],
  ])('answered with %s (%i) is refused', async (error, status) => {
    const { context } = network({ [TOKEN]: () => json({ error }, status) })
    const outcome = await byEndpoint().refresh(context)
    expect(outcome).toEqual({ type: 'rejected', reason: 'refresh-rejected' })
  })

  // A client that is unknown or not allowed is a mistake in a deployment, and no reason to sign users out.
  test.each([
    ['invalid_client', 401],
    ['unauthorized_client', 400],
    ['invalid_request', 400],
    ['invalid_scope', 400],
    ['temporarily_unavailable', 503],
    ['toString', 400],
  ])('answered with %s (%i) says nothing about the session', async (error, status) => {
    const { context } = network({ [TOKEN]: () => json({ error }, status) })
    expect(await byEndpoint().refresh(context)).toMatchObject({ type: 'unavailable', status })
  })
})

describe('discovery', () => {
  const openid = { [OPENID]: () => json(METADATA) }
  const oauth = { [OAUTH]: () => json(METADATA) }

  test.each([
    ['where OpenID Connect puts it', { ...answers, ...openid }, [OPENID]],
    ['where RFC 8414 puts it', { ...answers, ...oauth }, [OPENID, OAUTH]],
    [
      'behind a host that answers anything with its page',
      { ...answers, ...oauth, [OPENID]: () => new Response('<!doctype html>') },
      [OPENID, OAUTH],
    ],
  ])('finds the metadata %s, once for all refreshes', async (_, routes, asked) => {
    const { context, urls } = network(routes)
    const transport = byIssuer()
    for (let n = 0; n < 2; n++) expect(await transport.refresh(context)).toMatchObject(refreshed)
    expect(urls()).toEqual([...asked, TOKEN, TOKEN])
  })

  test('counts a slash at the end of an issuer to its name, but not to its path', async () => {
    const issuer = 'https://tenant.test/'
    const { context, urls } = network({
      ...answers,
      'https://tenant.test/.well-known/openid-configuration': () => json({ ...METADATA, issuer }),
    })
    const transport = oauthTransport({ issuer, clientId: 'the-page' })
    expect(await transport.refresh(context)).toMatchObject(refreshed)
    expect(urls()).toHaveLength(2)
  })

  test.each([
    ['another issuer', { ...METADATA, issuer: 'https://evil.test' }],
    ['the same issuer but for a slash', { ...METADATA, issuer: `${ISSUER}/` }],
    ['no token endpoint', { issuer: ISSUER }],
    ['a token endpoint without TLS', { ...METADATA, token_endpoint: 'http://tokens.test/token' }],
    ['a revocation endpoint without TLS', { ...METADATA, revocation_endpoint: 'http://x.test/' }],
  ])('of metadata with %s rejects, and no token is sent', async (_, metadata) => {
    const { context, urls } = network({ ...answers, [OPENID]: () => json(metadata) })
    await expect(byIssuer().refresh(context)).rejects.toMatchObject({ code: 'invalid_response' })
    expect(urls()).toEqual([OPENID])
  })

  test.each([
    [
      'a 401 that would be a refusal of the token endpoint',
      () => json({ error: 'invalid_grant' }, 401),
    ],
    [
      'a 400 that would be a refusal of the token endpoint',
      () => json({ error: 'invalid_grant' }, 400),
    ],
    ['a 404', () => json({}, 404)],
    ['a web page', () => new Response('<!doctype html>')],
    ['a redirect that is not followed', () => new Response(null, { status: 302 })],
  ])(
    'that is answered with %s does not end the session, and is repeated with the next refresh',
    async (_, answer) => {
      const { context, change } = network({ ...answers, [OPENID]: answer, [OAUTH]: answer })
      const transport = byIssuer()
      expect((await transport.refresh(context)).type).toBe('unavailable')
      change({ ...answers, ...openid })
      expect(await transport.refresh(context)).toMatchObject(refreshed)
    },
  )

  test('without an answer is an outage', async () => {
    const { context, change } = network(answers)
    const transport = byIssuer()
    await expect(transport.refresh(context)).rejects.toThrow('Failed to fetch')
    change({ ...answers, ...openid })
    expect(await transport.refresh(context)).toMatchObject(refreshed)
  })

  test('with a Retry-After waits, and does not try the other URL', async () => {
    const busy = () => new Response(null, { status: 503, headers: { 'retry-after': '7' } })
    const { context, urls } = network({ [OPENID]: busy })
    const outcome = await byIssuer().refresh(context)
    expect(outcome).toEqual({ type: 'unavailable', status: 503, retryAfterMs: 7_000 })
    expect(urls()).toEqual([OPENID])
  })

  test('is repeated when the token endpoint is gone', async () => {
    const { context, change } = network({ ...openid, [TOKEN]: () => json({}, 404) })
    const transport = byIssuer()
    expect((await transport.refresh(context)).type).toBe('unavailable')
    const moved = 'https://tokens.test/v2/token'
    change({
      [OPENID]: () => json({ ...METADATA, token_endpoint: moved }),
      [moved]: () => json(ANSWER),
    })
    expect(await transport.refresh(context)).toMatchObject(refreshed)
  })

  test('does not replace endpoints that the application has set', async () => {
    const { context, urls } = network({ ...openid, ...answers, [REVOCATION]: () => json({}) })
    const transport = oauthTransport({ issuer: ISSUER, tokenEndpoint: TOKEN, clientId: 'the-page' })
    await transport.refresh(context)
    expect(urls()).toEqual([TOKEN])
    await transport.revoke(context)
    expect(urls()).toEqual([TOKEN, OPENID, REVOCATION])
  })

  test('adds the endpoints to the URLs that never get the token', async () => {
    const { context } = network({ ...openid, ...answers })
    const transport = byIssuer()
    expect(transport.endpoints).toEqual([])
    await transport.refresh(context)
    expect(transport.endpoints).toEqual([TOKEN, REVOCATION])
  })
})

describe('a logout', () => {
  const revoking = (answer: () => Response) => network({ [REVOCATION]: answer })
  const transport = oauthTransport({
    tokenEndpoint: TOKEN,
    revocationEndpoint: REVOCATION,
    clientId: 'the-page',
  })

  test('revokes the refresh token', async () => {
    const { sent, context } = revoking(() => new Response())
    expect(await transport.revoke(context)).toBe(true)
    expect(sent[0]?.form).toEqual({
      token: 'refresh-1',
      token_type_hint: 'refresh_token',
      client_id: 'the-page',
    })
  })

  test.each([
    [200, true],
    [400, true],
    [401, false],
    [404, false],
    [429, false],
    [503, false],
  ])('answered with %i is complete: %s', async (status, told) => {
    const { context } = revoking(() => json({ error: 'unsupported_token_type' }, status))
    expect(await transport.revoke(context)).toBe(told)
  })

  test('sends nothing to a server without a revocation endpoint', async () => {
    const { context, urls } = network({
      [OPENID]: () => json({ issuer: ISSUER, token_endpoint: TOKEN }),
    })
    expect(await byEndpoint().revoke(context)).toBe(true)
    expect(urls()).toEqual([])
    expect(await byIssuer().revoke(context)).toBe(true)
    expect(urls()).toEqual([OPENID])
  })

  test('sends nothing for a session without a refresh token', async () => {
    const { context, urls } = network({})
    const { accessToken } = tokens
    for (const left of [null, { accessToken }])
      expect(await transport.revoke({ ...context, tokens: left })).toBe(true)
    expect(urls()).toEqual([])
  })

  test('is repeated later if the metadata cannot be read now', async () => {
    const { context } = network({ [OPENID]: () => json({}, 500) })
    expect(await byIssuer().revoke(context)).toBe(false)
  })
})

describe('misuse', () => {
  const clientId = 'the-page'
  test.each([
    ['neither issuer nor endpoint', { clientId }, 'issuer'],
    ['an issuer without TLS', { issuer: 'http://login.test', clientId }, 'issuer'],
    ['an issuer that is not a URL', { issuer: 'login.test', clientId }, 'issuer'],
    ['an issuer with a query', { issuer: `${ISSUER}?tenant=1`, clientId }, 'issuer'],
    ['an empty token endpoint', { tokenEndpoint: '', clientId }, 'tokenEndpoint'],
    [
      'a token endpoint without TLS',
      { tokenEndpoint: 'http://login.test', clientId },
      'tokenEndpoint',
    ],
    [
      'a revocation endpoint without TLS',
      { issuer: ISSUER, revocationEndpoint: 'http://login.test', clientId },
      'revocationEndpoint',
    ],
    ['an empty client', { issuer: ISSUER, clientId: '' }, 'clientId'],
  ])('%s is told so', (_, options, name) => {
    expect(() => oauthTransport(options)).toThrow(TypeError)
    expect(() => oauthTransport(options)).toThrow(`"${name}"`)
  })

  test.each([
    'http://localhost:8080/realms/one',
    'http://127.0.0.1:1/',
    'http://[::1]',
    'http://app.localhost',
  ])('%s never leaves this machine, and may do without TLS', (issuer) => {
    expect(() => oauthTransport({ issuer, clientId })).not.toThrow()
  })

  test('an endpoint of the same site may be a path', () => {
    expect(() => oauthTransport({ tokenEndpoint: '/oauth/token', clientId })).not.toThrow()
  })
})

test('two clients of one server have different sessions, and so have two servers', () => {
  const named = [
    { issuer: ISSUER, clientId: 'one' },
    { issuer: ISSUER, clientId: 'two' },
    { issuer: 'https://other.test', clientId: 'one' },
    { tokenEndpoint: TOKEN, clientId: 'one' },
  ].map((options) => oauthTransport(options).id)
  expect(new Set(named).size).toBe(named.length)
})
