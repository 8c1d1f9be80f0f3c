import { expect, test } from 'vitest'
import { createTestSession } from '../../../../src/testing/index.ts'

test('the page says why the session has ended', async () => {
  const session = createTestSession({ claims: { sub: 'alice', roles: ['admin'] } })
  await session.ready
  const reasons: string[] = []
  session.onSessionEnded(({ reason }) => reasons.push(reason))

  await session.warn({ cause: 'idle', inMs: 60_000 })
  expect(session.state.warning).toMatchObject({ cause: 'idle', extendable: true })
  await session.end('revoked')
  await session.logIn({ sub: 'bob' })
  await session.logout()
  expect(reasons).toEqual(['revoked', 'logout'])
})
