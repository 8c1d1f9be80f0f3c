import { createSessions, memoryStore } from '../../../../src/server/index.ts'

const store = memoryStore() // in tests; else postgresStore(pool) or redisStore(command)

export const sessions = createSessions<{ device: string }>({
  store,
  accessToken: ({ sid, subject }) => `a JWT of ${subject} in ${sid}`,
  limits: { idleTtlS: 1_800 },
})

/** POST /auth/login: the application checks the password, the kit begins the session. */
export async function signIn(request: Request): Promise<Response> {
  const { username, password, delivery } = (await request.json()) as Record<string, string>
  if (username !== 'alice' || password !== 'correct horse battery staple')
    return Response.json({ error: 'invalid_credentials' }, { status: 401 })
  return sessions.start(request, {
    subject: username,
    data: { device: request.headers.get('user-agent') ?? 'unknown' },
    delivery: delivery === 'body' ? 'body' : 'cookie',
  })
}
