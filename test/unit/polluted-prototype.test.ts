import { afterEach, expect, test } from 'vitest'
import {
  diagnostics,
  expiryWarnings,
  idleTimeout,
  jsonTransport,
  oauthTransport,
  serverEvents,
  uploads,
} from '../../src/index.ts'
import { resolveOptions } from '../../src/options.ts'
import { createVirtualBrowser } from '../../src/testing/virtual-browser.ts'
import { signIn } from '../support/signed-in.ts'

// Some library that merges objects carelessly lets a link or a message write to Object.prototype. That must not move tokens.

const prototype = Object.prototype as Record<string, unknown>
const polluted: string[] = []

function pollute(name: string, value: unknown): void {
  polluted.push(name)
  prototype[name] = value
}

afterEach(() => {
  for (const name of polluted.splice(0)) Reflect.deleteProperty(prototype, name)
})

const EVIL = 'https://evil.test'

test('origins of Object.prototype get no token', async () => {
  pollute('origins', [EVIL])
  const browser = createVirtualBrowser({ session: { transport: jsonTransport('/auth') } })
  const { session } = browser.openTab()
  await session.login(browser.signIn('alice'))
  await session.authFetch(`${EVIL}/notes`)
  const [sent] = browser.network.sentTo('/notes')
  expect(sent?.headers.has('authorization')).toBe(false)
})

test.each([
  ['paths', { refresh: `//evil.test/refresh`, logout: '//evil.test/logout' }],
  ['refresh', '//evil.test/refresh'],
  ['body', () => ({})],
  ['read', () => ({ accessToken: 'evil' })],
])('"%s" of Object.prototype does not change where a refresh token goes', async (name, value) => {
  pollute(name, value)
  const { session, backend } = await signIn({ transport: jsonTransport('/auth') })
  await session.login(backend.issue({ refresh_token: 'secret-refresh' }))
  await session.getAccessToken({ forceRefresh: true })
  expect(backend.seen.map(({ path, body }) => [path, body])).toEqual([
    ['/auth/refresh', '{"refresh_token":"secret-refresh"}'],
  ])
})

test('endpoints of Object.prototype are none of an OAuth server', () => {
  pollute('revocationEndpoint', `${EVIL}/revoke`)
  const transport = oauthTransport({ tokenEndpoint: 'https://id.test/token', clientId: 'spa' })
  expect(transport.endpoints).toEqual(['https://id.test/token'])
})

test('options of Object.prototype are none of the features', () => {
  for (const name of ['warnMs', 'onLog', 'atMostMs', 'afterMs', 'silenceMs']) pollute(name, 'evil')
  expect(() => [
    expiryWarnings(),
    diagnostics(),
    uploads(),
    serverEvents('/auth/events'),
    idleTimeout({ afterMs: 900_000 }),
  ]).not.toThrow()
})

test('options of Object.prototype are none of a session', () => {
  const names = ['fetch', 'idle', 'events', 'diagnostics', 'worker', 'onEnd'] as const
  for (const name of names) pollute(name, () => 'evil')
  const resolved = resolveOptions({ transport: jsonTransport('/auth') })
  expect(names.map((name) => resolved[name])).toEqual(names.map(() => undefined))
})

test('options of Object.prototype are none of a call', async () => {
  const { session, backend } = await signIn({ transport: jsonTransport('/auth') })
  pollute('forceRefresh', true)
  await session.getAccessToken()
  await session.getAccessToken({})
  pollute('everywhere', true)
  await session.logout()
  await expect.poll(() => backend.seen.map(({ path }) => path)).toEqual(['/auth/logout'])
  expect(backend.seen[0]?.body).not.toContain('"everywhere":true')
})
