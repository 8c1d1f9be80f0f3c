import { beforeEach, describe, expect, test, vi } from 'vitest'
import { dpop } from '../../../src/dpop/index.ts'
import {
  anonymousTransport,
  diagnostics,
  jsonTransport,
  renewTransport,
  slidingTransport,
  type HeaderList,
  type RefreshOutcome,
  type Tokens,
  type TransportContext,
} from '../../../src/index.ts'
import { transportContract } from '../../../src/testing/index.ts'
import {
  bindSession,
  boundTransport,
  failToRenew,
  NOTES,
  REFRESH,
} from '../../support/bound-session.ts'
import { API, AUTH, createDpopServer } from '../../support/dpop-server.ts'
import { stubPage } from '../../support/stub-page.ts'
import { claimsOfProof, createVerifyProof } from '../../support/verify-proof.ts'
import { diagnosticsOf } from '../../support/diagnostics-of.ts'

// RFC 9449: which requests carry a proof, and what is in it.

// Cryptography can take long on a busy machine.
vi.setConfig({ testTimeout: 30_000 })
beforeEach(stubPage)

test('a session works with tokens that are bound to a key: requests, refreshes, and requests again', async () => {
  const { server, tabs } = await bindSession()
  const { session } = tabs[0]
  expect((await session.authFetch(NOTES)).status).toBe(200)
  await session.getAccessToken({ forceRefresh: true })
  expect((await session.authFetch(NOTES)).status).toBe(200)
  expect(server.seenAt(NOTES).map(({ headers }) => headers.get('authorization'))).toEqual([
    'DPoP secret-access-1',
    'DPoP secret-access-2',
  ])
  expect(server.keys.size).toBe(1)
})

test('a refused token is renewed, and the request is repeated with a new proof', async () => {
  const { server, tabs } = await bindSession()
  server.refuseIssued()
  expect((await tabs[0].session.authFetch(NOTES)).status).toBe(200)
  const proofs = server.seenAt(NOTES).map(({ headers }) => claimsOfProof(headers))
  expect(proofs).toHaveLength(2)
  expect(new Set(proofs.map(({ jti }) => jti)).size).toBe(2)
  expect(new Set(proofs.map(({ ath }) => ath)).size).toBe(2)
  expect(server.seenAt(REFRESH)).toHaveLength(1)
})

describe('a proof names', () => {
  test.each([
    ['/notes', `${API}/notes`],
    ['/notes?q=1', `${API}/notes`],
    ['/notes#top', `${API}/notes`],
    ['/notes?q=1#top', `${API}/notes`],
    ['/no%20tes/ä', `${API}/no%20tes/%C3%A4`],
    ['', `${API}/`],
  ])('the URL %j without query and fragment (§4.2)', async (path, htu) => {
    const { server, tabs } = await bindSession()
    expect((await tabs[0].session.authFetch(API + path)).status).toBe(200)
    expect(claimsOfProof(server.seenAt(htu)[0]?.headers ?? new Headers())).toMatchObject({ htu })
  })

  test.each(['get', 'Post', 'delete', 'PATCH', 'patch'])(
    'the method as fetch sends it: %s',
    async (method) => {
      const { server, tabs } = await bindSession()
      expect((await tabs[0].session.authFetch(NOTES, { method })).status).toBe(200)
      const [seen] = server.seenAt(NOTES)
      expect(seen && claimsOfProof(seen.headers)['htm']).toBe(seen?.method)
    },
  )

  test('a relative URL as it was resolved when authFetch was called', async () => {
    const transport = boundTransport()
    const headers = await transport.authorize?.(
      { method: 'GET', url: 'notes', href: `${API}/v1/notes?page=2` },
      { accessToken: 'token-1' },
    )
    const request = new Request(`${API}/v1/notes`, { headers: { ...headers } })
    const jkt = await createVerifyProof()(request, { accessToken: 'token-1' })
    expect(jkt).toHaveLength(43)
  })
})

const CONTEXT = {
  tokens: null,
  sessionId: null,
  sequence: null,
  signal: new AbortController().signal,
  idempotencyKey: 'key-1',
  idleForMs: null,
}
const LINE = { method: 'GET', url: NOTES, href: NOTES }
const dressedWith = (tokens: Tokens): HeaderList | Promise<HeaderList> | undefined =>
  boundTransport().authorize?.(LINE, tokens)

describe('the token type', () => {
  test.each(['Bearer', 'bearer'])('%s: the token is sent without a proof, at once', (tokenType) => {
    expect(dressedWith({ accessToken: 'token-1', tokenType })).toEqual({
      authorization: 'Bearer token-1',
    })
  })

  test.each(['DPoP', 'dpop', undefined])(
    '%s: the token is sent with a proof',
    async (tokenType) => {
      expect(await dressedWith({ accessToken: 'token-1', tokenType })).toEqual({
        authorization: 'DPoP token-1',
        dpop: expect.stringMatching(/^ey/) as unknown,
      })
    },
  )

  test('is stored with the token, and that of the newest token is used', async () => {
    const { server, tabs, openTab } = await bindSession()
    server.route(REFRESH, () =>
      Response.json({ access_token: 'plain-2', token_type: 'Bearer', refresh_token: 'r' }),
    )
    await tabs[0].session.getAccessToken({ forceRefresh: true })
    const other = await openTab()
    for (const { session } of [tabs[0], other]) await session.authFetch(`${API}/plain`)
    const seen = server.seenAt(`${API}/plain`).map(({ headers }) => [...headers.keys()])
    expect(seen).toEqual([['authorization'], ['authorization']])
  })
})

test('a token in a cookie is sent without a proof', () => {
  expect(dressedWith({ accessToken: null })).toEqual({})
})

test('other headers of the transport are kept', async () => {
  const inner = {
    ...jsonTransport('/auth'),
    authorize: () => ({ authorization: 'Bearer token-1', 'x-tenant': 'a' }),
  }
  expect(await dpop(inner).authorize?.(LINE, { accessToken: 'token-1' })).toMatchObject({
    authorization: 'DPoP token-1',
    'x-tenant': 'a',
  })
})

test('metadata is requested without a proof, which most servers would not allow by CORS', async () => {
  const seen: [url: string, hasProof: boolean][] = []
  const inner = {
    ...jsonTransport('/auth'),
    async refresh({ fetch }: TransportContext): Promise<RefreshOutcome> {
      await fetch(`${AUTH}/.well-known/openid-configuration`)
      await fetch(new Request(REFRESH, { method: 'POST', body: 'x' }))
      return { type: 'unavailable' }
    },
  }
  await dpop(inner).refresh({
    ...CONTEXT,
    fetch: (input, init) => {
      const { url, headers } = new Request(input, init)
      seen.push([url, headers.has('dpop')])
      return Promise.resolve(new Response())
    },
  })
  expect(seen).toEqual([
    [`${AUTH}/.well-known/openid-configuration`, false],
    [REFRESH, true],
  ])
})

test('an answer without another token confirms the one that was sent with a proof', async () => {
  const server = createDpopServer()
  const transport = dpop(slidingTransport(NOTES))
  const answer = await server.signIn(await transport.keyPair())
  const tokens = transport.read(answer)
  const outcome = await transport.refresh({ ...CONTEXT, tokens, fetch: server.fetch })
  expect(outcome).toMatchObject({
    type: 'refreshed',
    tokens: { accessToken: tokens.accessToken },
  })
  expect(server.seenAt(NOTES)[0]?.headers.get('dpop')).toMatch(/./)
})

describe.each([
  ['renewTransport', () => renewTransport(`${API}/auth`), `${API}/auth/renew`],
  ['slidingTransport', () => slidingTransport(NOTES), NOTES],
  ['anonymousTransport', () => anonymousTransport(`${API}/visit`), `${API}/visit`],
])('%s, which renews a token by sending it,', (_, create, url) => {
  async function renewed(tokenType?: string) {
    const server = createDpopServer()
    const transport = dpop(create())
    const { access_token: accessToken } = (await server.signIn(await transport.keyPair())) as {
      readonly access_token: string
    }
    server.demand(API, 'nonce-1')
    const tokens = { accessToken, tokenType }
    // Its answer has no tokens, which is not what this is about.
    await transport.refresh({ ...CONTEXT, tokens, fetch: server.fetch }).catch(() => undefined)
    return { accessToken, seen: server.seenAt(url) }
  }

  test('proves to have its key, with the nonce that the server wants', async () => {
    const { accessToken, seen } = await renewed()
    expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      `DPoP ${accessToken}`,
      `DPoP ${accessToken}`,
    ])
    const [first, second] = seen.map(({ headers }) => claimsOfProof(headers))
    expect(first).toMatchObject({ htu: url, ath: expect.stringMatching(/./) as unknown })
    expect(second).toMatchObject({ htu: url, ath: first?.['ath'], nonce: 'nonce-1' })
  })

  test('sends a token of the type Bearer as such', async () => {
    const { accessToken, seen } = await renewed('Bearer')
    expect(new Set(seen.map(({ headers }) => headers.get('authorization')))).toEqual(
      new Set([`Bearer ${accessToken}`]),
    )
  })
})

test('a logout that sends the bound token proves to have its key', async () => {
  const server = createDpopServer()
  const transport = dpop(renewTransport(`${API}/auth`))
  const { access_token: accessToken } = (await server.signIn(await transport.keyPair())) as {
    readonly access_token: string
  }
  const context = { ...CONTEXT, tokens: { accessToken }, fetch: server.fetch, everywhere: false }
  expect(await transport.revoke(context)).toBe(true)
  const [sent] = server.seenAt(`${API}/auth/logout`)
  expect(sent?.headers.get('authorization')).toBe(`DPoP ${accessToken}`)
  expect(server.keys.size).toBe(1)
})

test('a Request of a transport is repeated with its body', async () => {
  const bodies: string[] = []
  const inner = {
    ...jsonTransport('/auth'),
    async refresh({ fetch }: TransportContext): Promise<RefreshOutcome> {
      const { status } = await fetch(new Request(REFRESH, { method: 'POST', body: 'x' }))
      return { type: 'unavailable', status }
    },
  }
  const outcome = await dpop(inner).refresh({
    ...CONTEXT,
    fetch: async (input, init) => {
      bodies.push(await new Request(input, init).text())
      const answer = Response.json({ error: 'use_dpop_nonce' }, { status: 400 })
      answer.headers.set('dpop-nonce', 'nonce-1')
      Object.defineProperty(answer, 'url', { value: REFRESH })
      return bodies.length === 1 ? answer : new Response(null, { status: 204 })
    },
  })
  expect(outcome).toEqual({ type: 'unavailable', status: 204 })
  expect(bodies).toEqual(['x', 'x'])
})

test('a logout carries no proof, so it works without the key', async () => {
  const { server, tabs } = await bindSession()
  server.route(`${AUTH}/auth/logout`, () => new Response(null, { status: 204 }))
  await tabs[0].session.logout()
  await expect.poll(() => server.seenAt(`${AUTH}/auth/logout`)).toHaveLength(1)
  expect(server.seenAt(`${AUTH}/auth/logout`)[0]?.headers.has('dpop')).toBe(false)
})

test('anything but a transport is refused at once', () => {
  // @ts-expect-error -- as JavaScript may call it
  expect(() => dpop('https://auth.test')).toThrow(/"transport" option must be a transport/)
})

test('no proof appears in anything that the session reports', async () => {
  const heard: unknown[] = []
  const { server, tabs } = await bindSession({
    diagnostics: diagnostics({ onLog: (entry) => heard.push(entry) }),
  })
  const { session, events } = tabs[0]
  server.demand(AUTH, 'secret-nonce')
  await session.getAccessToken({ forceRefresh: true })
  await session.authFetch(NOTES)
  server.route(REFRESH, () => Response.json({ error: 'invalid_dpop_proof' }, { status: 400 }))
  await failToRenew(tabs[0])
  const reported = JSON.stringify([heard, events, await diagnosticsOf(session)])
  expect(heard.length).toBeGreaterThan(2)
  for (const { headers } of server.seenAt(REFRESH)) {
    const [, claims = ' ', signature = ' '] = (headers.get('dpop') ?? '').split('.')
    expect(reported).not.toContain(claims)
    expect(reported).not.toContain(signature)
  }
  expect(reported).not.toContain('secret-')
})

describe('the contract of transports', () => {
  const server = createDpopServer()
  const inner = boundTransport()
  const checks = transportContract({
    transport: inner,
    server: {
      signIn: async () => await server.signIn(await inner.keyPair()),
      fetch: async (input, init) =>
        input === REFRESH ? await server.fetch(input, init) : new Response(null),
    },
  })
  test.each(checks)('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})
