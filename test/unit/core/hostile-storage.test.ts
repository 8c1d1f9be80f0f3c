import { describe, expect, test } from 'vitest'
import { createProfile } from '../../support/profile.ts'

// What is stored can be written by any script of the origin, and one old hole is enough. It must not lock anybody out, nor
// say which token is sent.

type Poison = Readonly<Record<string, unknown>>

const MODES = ['cookie', 'body'] as const

/** A profile whose user was signed in until some script wrote this into record and mirror. No tab is open. */
async function poisoned(mode: (typeof MODES)[number], poison: Poison, where: readonly string[]) {
  const profile = createProfile({ mode })
  const tab = await profile.signedIn()
  tab.crash()
  const { stored } = profile.browser
  if (where.includes('record')) stored.record = { ...(stored.record as object), ...poison }
  if (where.includes('mirror'))
    stored.mirror = JSON.stringify({ ...(JSON.parse(String(stored.mirror)) as object), ...poison })
  return profile
}

const POISONS: readonly Poison[] = [
  { epoch: 2 ** 53 },
  { epoch: 2 ** 53 - 1 },
  { epoch: 1e300 },
  { epoch: 1.5 },
  { epoch: '9' },
  { generation: 2 ** 53 },
  { generation: 1e300 },
  { session: 5 },
  { session: '' },
  { status: 'somewhere' },
  { status: 1 },
  { limits: [] },
  { limits: { session: 'never', refresh: null } },
  { limits: null },
  { seenAt: '2026' },
  { seenAt: 1e300 },
  { seenAt: null },
  { aheadMs: 'x' },
  { aheadMs: 1e300 },
  { aheadMs: -1e300 },
  { issuedAtS: 'x' },
  { issuedAtS: 1e300 },
  { key: 7 },
  { key: { toString: 'x' } },
  { sid: {} },
  { subject: [] },
  { idle: 5 },
  { idle: { afterMs: 'x', lastActivityAt: 0 } },
  { retryAt: 'later', pausedAt: 0 },
  { retryAt: 1e300, pausedAt: 0 },
  { failures: 1e300 },
  { accessExpiresAt: 'x' },
  { lifetimeMs: {} },
  { tombstone: 5, status: 'logged-out' },
  { tombstone: { sid: 5 }, status: 'logged-out' },
  { end: 'x', status: 'logged-out' },
  { attempt: 'x' },
  { attempt: { by: 'x', startedAt: 1e300 } },
  { sealed: 'x' },
  { sealed: { accessToken: 5 } },
  { sealed: { key: 1, iv: 2, data: 3 } },
]

describe.each(MODES)('in %s mode', (mode) => {
  const newer = POISONS.map((poison) => ({ ...poison, v: 2 }))
  test.each([...POISONS, ...newer].map((poison) => [JSON.stringify(poison), poison] as const))(
    'with %s in record and mirror, a user can sign in, work and sign out',
    async (_, poison) => {
      const { browser, server, clock } = await poisoned(mode, poison, ['record', 'mirror'])
      const [one, two] = [browser.openTab(), browser.openTab()]
      await clock.advance(120_000)
      await one.session.login(server.signIn('bob'))
      await clock.advance(1_000)
      expect([one, two].map(({ session }) => session.state)).toMatchObject([
        { status: 'logged-in', subject: 'bob' },
        { status: 'logged-in', subject: 'bob' },
      ])
      expect((await one.session.authFetch('/api/me')).status).toBe(200)
      await two.session.logout()
      await clock.advance(1_000)
      expect([one, two].map(({ session }) => session.state.status)).toEqual([
        'logged-out',
        'logged-out',
      ])
      expect([one, two].flatMap(({ reported }) => reported)).toEqual([])
    },
  )

  test.each([
    { accessToken: 'of the mirror' },
    { accessToken: null },
    { accessToken: 'of the mirror', refreshToken: 'of the mirror' },
  ])('no token that the mirror brought is sent: %j', async (sealed) => {
    const further = { sealed, generation: 7, accessExpiresAt: 8e15, lifetimeMs: 600_000 }
    const { browser, clock } = await poisoned(mode, further, ['mirror'])
    const { session } = browser.openTab()
    await clock.advance(1_000)
    void session.authFetch('/api/me').catch(() => undefined)
    await clock.advance(120_000)
    const sent = browser.network.sent.map(({ headers, body }) => [
      headers.get('authorization'),
      body,
    ])
    expect(JSON.stringify(sent)).not.toContain('of the mirror')
  })
})

test('where tokens are kept in memory, none is taken out of the record', async () => {
  const further = { sealed: { accessToken: 'of the record' }, accessExpiresAt: 8e15 }
  const { browser, clock } = await poisoned('cookie', further, ['record'])
  const { session } = browser.openTab()
  await clock.advance(1_000)
  expect((await session.authFetch('/api/me')).status).toBe(200)
  const sent = browser.network.sent.map(({ headers }) => headers.get('authorization'))
  expect(JSON.stringify(sent)).not.toContain('of the record')
})
