import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { oauthTransport, type Transport, type TransportContext } from '../../src/index.ts'
import { transportContract } from '../../src/testing/index.ts'
import type { OidcSettings } from '../support/oidc/configure.ts'
import {
  REVOCATION_PATH,
  startOidcServer,
  TOKEN_PATH,
  type OidcServer,
} from '../support/oidc/oidc-server.ts'
import { signIn } from '../support/oidc/sign-in.ts'

const pageUrl = 'http://127.0.0.1:9/'

async function start(settings: Partial<OidcSettings> = {}): Promise<OidcServer> {
  const server = await startOidcServer({ pageUrl, ...settings })
  onTestFinished(() => server.close())
  return server
}

/** What a session hands to its transport, once somebody has signed in. */
async function contextOf(
  server: OidcServer,
  transport: Transport,
): Promise<TransportContext & { readonly everywhere: boolean }> {
  return {
    tokens: transport.read(await signIn(server, pageUrl)),
    sessionId: null,
    sequence: null,
    fetch,
    signal: new AbortController().signal,
    idempotencyKey: 'a-key',
    idleForMs: null,
    everywhere: false,
  }
}

const wellKnown = ({ requests }: OidcServer): readonly string[] =>
  requests.map(({ path }) => path).filter((path) => path.includes('well-known'))

test.each(['', '/realms/one'])(
  'an issuer at the path "%s" is looked up once, refreshes one token after the other, and revokes the last',
  async (path) => {
    const server = await start({ path })
    const transport = oauthTransport({ issuer: server.issuer, clientId: server.clientId })
    const context = await contextOf(server, transport)
    let { tokens } = context
    for (let n = 0; n < 3; n++) {
      const outcome = await transport.refresh({ ...context, tokens })
      if (outcome.type !== 'refreshed') throw new Error(`It was ${outcome.type}`)
      ;({ tokens } = outcome)
    }
    expect(await transport.revoke({ ...context, tokens })).toBe(true)
    expect(await transport.refresh({ ...context, tokens })).toEqual({
      type: 'rejected',
      reason: 'refresh-rejected',
    })
    // And a second time, as a logout does that is told again.
    expect(await transport.revoke({ ...context, tokens })).toBe(true)
    expect(wellKnown(server)).toEqual(['/.well-known/openid-configuration'])
    expect(server.refreshes()).toEqual({ made: 3, reuses: 0, refused: 1 })
  },
)

test.each(['', '/realms/one'])(
  'an issuer at the path "%s" is found by RFC 8414, where it is no OpenID provider',
  async (path) => {
    const server = await start({ path })
    server.intercept((path) =>
      path.endsWith('/openid-configuration') ? { status: 404 } : undefined,
    )
    const transport = oauthTransport({ issuer: server.issuer, clientId: server.clientId })
    const { type } = await transport.refresh(await contextOf(server, transport))
    expect(type).toBe('refreshed')
  },
)

test.each([
  ['busy', { status: 503, headers: { 'retry-after': '2' } }, 2_000],
  ['broken', { status: 500, body: '{"error":"invalid_grant"}' }, undefined],
])(
  'while the metadata of the provider is %s nobody is refused, and its next answer will do',
  async (_, answer, retryAfterMs) => {
    const server = await start()
    const transport = oauthTransport({ issuer: server.issuer, clientId: server.clientId })
    const context = await contextOf(server, transport)
    server.intercept((path) => (path.includes('well-known') ? answer : undefined))
    expect(await transport.refresh(context)).toEqual({
      type: 'unavailable',
      status: answer.status,
      retryAfterMs,
    })
    server.intercept(null)
    expect((await transport.refresh(context)).type).toBe('refreshed')
  },
)

test('a scope that was not granted is no verdict; a part of what was is a token for that', async () => {
  const server = await start()
  const base = { issuer: server.issuer, clientId: server.clientId }
  const strange = oauthTransport({ ...base, scope: 'openid payments' })
  const narrow = oauthTransport({ ...base, scope: 'offline_access' })
  const context = await contextOf(server, narrow)
  expect(await strange.refresh(context)).toMatchObject({ type: 'unavailable', status: 400 })
  const outcome = await narrow.refresh(context)
  expect(outcome).toMatchObject({ type: 'refreshed', tokens: { idToken: undefined } })
})

describe('what a session relies on a transport for, with oidc-provider', () => {
  let server: OidcServer
  const transport: Partial<Transport> = {}
  beforeAll(async () => {
    server = await startOidcServer({ pageUrl })
    const { issuer, clientId } = server
    // Named, for the checks answer for the provider whatever is asked: its metadata, too, would be a refusal.
    const endpoints = {
      tokenEndpoint: `${issuer}${TOKEN_PATH}`,
      revocationEndpoint: `${issuer}${REVOCATION_PATH}`,
    }
    Object.assign(transport, oauthTransport({ ...endpoints, clientId }))
    return () => server.close()
  })

  const checks = transportContract({
    transport: transport as Transport,
    server: {
      signIn: () => signIn(server, pageUrl),
      fetch,
      refusal: () => Response.json({ error: 'invalid_grant' }, { status: 400 }),
    },
  })
  test.each(checks)('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})
