import { describe, expect, test } from 'vitest'
import {
  answerTokens,
  anonymousTransport,
  cookieTransport,
  jsonTransport,
  memoryStorage,
  oauthTransport,
  renewTransport,
  slidingTransport,
  type Transport,
} from '../../../src/index.ts'
import { transportContract } from '../../../src/testing/index.ts'
import { json } from '../../support/fake-server.ts'

const answer = { access_token: 'access-token-1', refresh_token: 'refresh-token-1', sid: 'sid-1' }
const cookieAnswer = { access_token: 'access-token-1', sid: 'sid-1' }
const checksOf = (transport: Transport, signedIn: object = answer, more: object = {}) =>
  transportContract({
    transport,
    server: {
      signIn: () => signedIn,
      fetch: () => Promise.resolve(json({ access_token: 'two' }, 200, { 'x-access-token': 'two' })),
      ...more,
    },
  })

describe.each([
  ['cookieTransport', cookieTransport('/auth'), cookieAnswer],
  ['jsonTransport', jsonTransport('/auth'), answer],
  ['renewTransport', renewTransport('/auth'), cookieAnswer],
  ['slidingTransport', slidingTransport('/api/me'), cookieAnswer],
  ['anonymousTransport', anonymousTransport('/auth/anonymous'), cookieAnswer],
  [
    'oauthTransport',
    oauthTransport({ tokenEndpoint: '/token', revocationEndpoint: '/revoke', clientId: 'page' }),
    answer,
  ],
])('%s', (_, transport, signedIn) => {
  test.each(checksOf(transport, signedIn))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})

test('a transport that looks its endpoints up keeps the contract, whichever check is run alone', async () => {
  const issuer = 'https://id.example'
  const fetch = (input: RequestInfo | URL) =>
    Promise.resolve(
      (input as string).endsWith('/.well-known/openid-configuration')
        ? json({
            issuer,
            token_endpoint: `${issuer}/token`,
            revocation_endpoint: `${issuer}/revoke`,
          })
        : json({ access_token: 'two' }),
    )
  const broken = new Map<string, unknown>()
  for (const { name } of checksOf(good))
    await checksOf(oauthTransport({ issuer, clientId: 'page' }), answer, { fetch })
      .find((check) => check.name === name)
      ?.run()
      .catch((error: unknown) => broken.set(name, error))
  expect(broken).toEqual(new Map())
})

const good = jsonTransport('/auth')
const refreshed = { type: 'refreshed', tokens: { accessToken: 'two' } } as const
const rejected = { type: 'rejected', reason: 'refresh-rejected' } as const

test.each<[fault: string, faulty: Partial<Transport>, broken: readonly string[]]>([
  ['has no id', { id: '' }, ['has an id, and']],
  ['keeps a readable refresh token in memory', { storage: memoryStorage() }, ['has an id']],
  ['reads an empty token', { read: () => ({ accessToken: '' }) }, ['reads the', 'throws invalid']],
  [
    'reads lifetimes that are not numbers',
    { read: () => ({ accessToken: 'one', expiresInMs: NaN }) },
    ['reads the', 'throws invalid'],
  ],
  [
    'takes every answer for a success',
    { refresh: () => Promise.resolve(refreshed) },
    ['renews with', 'takes', 'recognises', 'reads Retry'],
  ],
  [
    'takes every answer for a refusal',
    { refresh: () => Promise.resolve(rejected) },
    ['renews with', 'takes', 'reads Retry'],
  ],
  [
    'drops the signal',
    { refresh: (context) => good.refresh({ ...context, signal: new AbortController().signal }) },
    ['renews with'],
  ],
  [
    'puts the token in the URL',
    {
      refresh: async (context) => {
        await context.fetch(`/auth?t=${context.tokens?.refreshToken ?? ''}`, {
          signal: context.signal,
        })
        return await good.refresh(context)
      },
    },
    ['renews with'],
  ],
  [
    'gives up a logout that did not reach the server',
    { revoke: (context) => good.revoke(context).catch(() => true) },
    ['ends a session'],
  ],
  ['repeats a logout for ever', { revoke: () => Promise.resolve(false) }, ['ends a session']],
  [
    'uses capitals in header names',
    { authorize: () => ({ 'X-Token': 'one' }) },
    ['authorizes a request'],
  ],
  [
    'has a line break in a header',
    { authorize: () => ({ 'x-token': 'one\r\nx: y' }) },
    ['authorizes a request'],
  ],
  [
    'finds tokens in every answer',
    { answerTokens: answerTokens(() => ({ accessToken: 'two' })) },
    ['leaves the body'],
  ],
  ['reads bodies', { inspect: (seen) => (void seen.text(), null) }, ['leaves the body']],
])('a transport that %s fails the checks for that', async (_, faulty, broken) => {
  const failed: string[] = []
  for (const { name, run } of checksOf({ ...good, ...faulty }))
    await run().catch(() => failed.push(name))
  expect(failed.length).toBeGreaterThan(0)
  for (const name of failed) expect(broken.some((start) => name.startsWith(start))).toBe(true)
  for (const start of broken) expect(failed.some((name) => name.startsWith(start))).toBe(true)
})

test("the test can name the server's own refusal", async () => {
  const refusal = () => json({ error: 'gone' }, 410)
  const failed: string[] = []
  for (const { name, run } of checksOf(good, answer, { refusal }))
    await run().catch(() => failed.push(name))
  expect(failed).toEqual(['recognises a refusal'])
})
