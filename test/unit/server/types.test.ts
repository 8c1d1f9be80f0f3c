import { expectTypeOf, test } from 'vitest'
import {
  createSessions,
  memoryStore,
  redisStore,
  type Session,
  type Sessions,
} from '../../../src/server/index.ts'

const request = new Request('https://app.test/auth/login', { method: 'POST' })
const basics = { store: memoryStore(), accessToken: () => 'access' }

test('a sign-in needs no data if a session has none, and the right data if it has some', () => {
  const without = createSessions(basics)
  void without.start(request, { subject: 'alice' })
  // @ts-expect-error -- there is no place for it
  void without.start(request, { subject: 'alice', data: { role: 'user' } })

  const sessions = createSessions<{ role: string }>(basics)
  void sessions.start(request, { subject: 'alice', data: { role: 'user' } })
  // @ts-expect-error -- the data is missing
  void sessions.start(request, { subject: 'alice' })
  // @ts-expect-error -- it is other data
  void sessions.start(request, { subject: 'alice', data: { role: 1 } })
})

test('the data of a session is known to hooks and lists', () => {
  const sessions = createSessions<{ role: string }>({
    ...basics,
    accessToken(session, { at, expiresInS }) {
      expectTypeOf(session).toEqualTypeOf<Session<{ role: string }>>()
      expectTypeOf(at).toBeNumber()
      expectTypeOf(expiresInS).toBeNumber()
      return { access_token: session.data.role, id_token: 'id' }
    },
    beforeRefresh: ({ data }) => ({ data: { role: `${data.role}!` } }),
  })
  expectTypeOf(sessions).toEqualTypeOf<Sessions<{ role: string }>>()
  expectTypeOf(sessions.find).returns.resolves.toEqualTypeOf<
    Session<{ role: string }> | undefined
  >()
})

test('clients of redis and ioredis fit the store', () => {
  const redis = { sendCommand: (args: string[]) => Promise.resolve<unknown>(args) }
  const ioredis = {
    call: (command: string, ...args: string[]) => Promise.resolve<unknown>([command, args]),
  }
  redisStore((...args) => redis.sendCommand(args))
  redisStore((...args) => ioredis.call(...args))
})
