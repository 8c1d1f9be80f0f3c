import { generateKeyPair } from 'dpop'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { settle } from '../../support/settle.ts'
import { bindSession, failToRenew, NOTES, REFRESH } from '../../support/bound-session.ts'
import { API, AUTH, challenged, type DpopServer } from '../../support/dpop-server.ts'
import { json } from '../../support/fake-server.ts'
import { stubPage } from '../../support/stub-page.ts'
import { claimsOfProof } from '../../support/verify-proof.ts'

// RFC 9449 §8 and §9: servers that require a nonce.

// Cryptography can take long on a busy machine.
vi.setConfig({ testTimeout: 30_000 })
beforeEach(stubPage)

/** The nonces that a server received at a URL, in order. */
function noncesAt(server: DpopServer, url: string): unknown[] {
  return server.seenAt(url).map(({ headers }) => claimsOfProof(headers)['nonce'])
}

describe('an auth server that requires a nonce', () => {
  test('receives the same refresh once more, with the same body and idempotency key', async () => {
    const { server, tabs } = await bindSession()
    server.demand(AUTH, 'nonce-1')
    expect(await tabs[0].session.getAccessToken({ forceRefresh: true })).toBe('secret-access-2')
    const [first, second, ...more] = server.seenAt(REFRESH)
    expect(noncesAt(server, REFRESH)).toEqual([undefined, 'nonce-1'])
    expect(second?.body).toBe(first?.body)
    expect(first?.headers.get('idempotency-key')).toHaveLength(27)
    expect(second?.headers.get('idempotency-key')).toBe(first?.headers.get('idempotency-key'))
    expect(more).toEqual([])
  })

  test('receives the nonce from then on, or a newer one that an answer brought', async () => {
    const { server, tabs } = await bindSession()
    const { session } = tabs[0]
    server.demand(AUTH, 'nonce-1')
    await session.getAccessToken({ forceRefresh: true })
    await session.getAccessToken({ forceRefresh: true })
    expect(noncesAt(server, REFRESH)).toEqual([undefined, 'nonce-1', 'nonce-1'])
    server.demand(AUTH, 'nonce-2')
    await session.getAccessToken({ forceRefresh: true })
    await session.getAccessToken({ forceRefresh: true })
    expect(noncesAt(server, REFRESH).slice(3)).toEqual(['nonce-1', 'nonce-2', 'nonce-2'])
  })

  test.each([400, 401])(
    'and is never content, with %i: the session lives on, and the server is asked twice',
    async (status) => {
      const { server, tabs } = await bindSession()
      const { session } = tabs[0]
      let nonces = 0
      server.route(REFRESH, () =>
        json({ error: 'use_dpop_nonce' }, status, { 'dpop-nonce': `nonce-${String(++nonces)}` }),
      )
      await failToRenew(tabs[0])
      expect(noncesAt(server, REFRESH)).toEqual([undefined, 'nonce-1'])
      expect(session.state.status).toBe('logged-in')
      expect((await session.authFetch(NOTES)).status).toBe(200)
    },
  )

  test.each([
    ['a nonce that it does not send', 'use_dpop_nonce'],
    ['another proof', 'invalid_dpop_proof'],
  ])(
    'if it requires %s, that does not end the session, because a clock may be wrong',
    async (_, error) => {
      const { server, tabs } = await bindSession()
      const { session } = tabs[0]
      server.route(REFRESH, () => json({ error }, 401))
      await failToRenew(tabs[0])
      expect(server.seenAt(REFRESH)).toHaveLength(1)
      expect(session.state.status).toBe('logged-in')
    },
  )

  test('can end the session if the proof is valid but not for the key of the token', async () => {
    const { server, tabs, browser } = await bindSession()
    const { session } = tabs[0]
    await session.login(await server.signIn(await generateKeyPair('ES256')))
    const refused = session.authFetch(NOTES)
    const status = async (): Promise<string> => {
      await browser.advance(1_000)
      return session.state.status
    }
    await expect.poll(status).toBe('logged-out')
    expect((await refused).status).toBe(401)
    expect(server.seenAt(REFRESH)).toHaveLength(1)
  })
})

describe('an API that requires a nonce', () => {
  test('receives the same request once more with the same token, without a renewal', async () => {
    const { server, tabs } = await bindSession()
    const { session } = tabs[0]
    server.demand(API, 'nonce-1')
    const answer = await session.authFetch(NOTES, { method: 'POST', body: 'a note' })
    expect(answer.status).toBe(200)
    expect(noncesAt(server, NOTES)).toEqual([undefined, 'nonce-1'])
    expect(server.seenAt(NOTES).map(({ body }) => body)).toEqual(['a note', 'a note'])
    expect(server.seenAt(NOTES).map(({ headers }) => headers.get('authorization'))).toEqual([
      'DPoP secret-access-1',
      'DPoP secret-access-1',
    ])
    await settle()
    expect(server.seenAt(REFRESH)).toEqual([])
  })

  test('receives the nonce from then on; any answer may bring a new one, without a further request', async () => {
    const { server, tabs } = await bindSession()
    const { session } = tabs[0]
    server.demand(API, 'nonce-1')
    await session.authFetch(NOTES)
    await session.authFetch(NOTES)
    server.route(NOTES, () => json([], 200, { 'dpop-nonce': 'nonce-2' }))
    server.demand(API, null)
    await session.authFetch(NOTES)
    await session.authFetch(NOTES)
    expect(noncesAt(server, NOTES)).toEqual([undefined, 'nonce-1', 'nonce-1', 'nonce-1', 'nonce-2'])
  })

  test('does not receive the nonce of another server', async () => {
    const { server, tabs } = await bindSession()
    const { session } = tabs[0]
    server.demand(AUTH, 'nonce-of-auth')
    await session.getAccessToken({ forceRefresh: true })
    await session.authFetch(NOTES)
    expect(noncesAt(server, NOTES)).toEqual([undefined])
    server.demand(API, 'nonce-of-api')
    await session.authFetch(NOTES)
    await session.getAccessToken({ forceRefresh: true })
    expect(noncesAt(server, REFRESH)).toEqual([undefined, 'nonce-of-auth', 'nonce-of-auth'])
  })

  test('that always asks for another nonce is asked twice, and its answer is returned without a renewal', async () => {
    const { server, tabs } = await bindSession()
    const { session } = tabs[0]
    let nonces = 0
    server.route(NOTES, () => {
      const answer = challenged('use_dpop_nonce')
      answer.headers.set('dpop-nonce', `nonce-${String(++nonces)}`)
      return answer
    })
    expect((await session.authFetch(NOTES)).status).toBe(401)
    expect(noncesAt(server, NOTES)).toEqual([undefined, 'nonce-1'])
    await settle()
    expect(server.seenAt(REFRESH)).toEqual([])
  })

  test('receives a stream once: the 401 is returned, and the next call has the nonce', async () => {
    const { server, tabs } = await bindSession()
    const { session } = tabs[0]
    server.demand(API, 'nonce-1')
    const body = new Blob(['a note']).stream()
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
    const refused = await session.authFetch(NOTES, init)
    expect(refused.status).toBe(401)
    expect(refused.bodyUsed).toBe(false)
    expect(server.seenAt(NOTES)).toHaveLength(1)
    expect((await session.authFetch(NOTES)).status).toBe(200)
    expect(noncesAt(server, NOTES)).toEqual([undefined, 'nonce-1'])
    expect(server.seenAt(REFRESH)).toEqual([])
  })

  test.each(['replay: false', 'shouldReplay'])(
    'is asked once if %s forbids a repetition',
    async (which) => {
      const isOption = which === 'shouldReplay'
      const { server, tabs } = await bindSession(isOption ? { shouldReplay: () => false } : {})
      server.demand(API, 'nonce-1')
      const init = isOption ? {} : { replay: false }
      expect((await tabs[0].session.authFetch(NOTES, init)).status).toBe(401)
      expect(server.seenAt(NOTES)).toHaveLength(1)
    },
  )

  test('that refuses the token as well is asked twice, its answer is returned, and the next call has a new token', async () => {
    const { server, tabs } = await bindSession()
    const { session } = tabs[0]
    server.demand(API, 'nonce-1')
    server.refuseIssued()
    expect((await session.authFetch(NOTES)).status).toBe(401)
    expect(server.seenAt(NOTES)).toHaveLength(2)
    await expect.poll(() => tabs[0].eventsOf('refreshed')).toHaveLength(1)
    expect((await session.authFetch(NOTES)).status).toBe(200)
    expect(server.seenAt(NOTES)).toHaveLength(3)
  })

  test.each(['use_dpop_nonce', 'invalid_dpop_proof'])(
    'that answers %s without a nonce causes no renewal, since a newer token would not help',
    async (error) => {
      const { server, tabs } = await bindSession()
      server.route(NOTES, () => challenged(error))
      expect((await tabs[0].session.authFetch(NOTES)).status).toBe(401)
      expect(server.seenAt(NOTES)).toHaveLength(1)
      await settle()
      expect(server.seenAt(REFRESH)).toEqual([])
    },
  )

  test('receives each of many concurrent requests twice at most', async () => {
    const { server, tabs } = await bindSession()
    server.demand(API, 'nonce-1')
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => tabs[0].session.authFetch(NOTES)),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(server.seenAt(NOTES)).toHaveLength(20)
    expect(server.seenAt(REFRESH)).toEqual([])
  })
})
