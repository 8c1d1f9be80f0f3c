import { memoryStorage, readTokenResponse, type Transport } from '../../../src/index.ts'
import { post, type ForeignServer } from '../server.ts'

const auth = '/api/auth'

// The session is a cookie that does not rotate. It is exchanged for tokens by GET.
const transport: Transport = {
  id: auth,
  endpoints: [auth],
  storage: memoryStorage(),
  idempotent: true,
  read: readTokenResponse,
  async refresh({ fetch, signal }) {
    const response = await fetch(`${auth}/token`, { signal })
    if (response.ok) return { type: 'refreshed', tokens: readTokenResponse(await response.json()) }
    if (response.status === 401) return { type: 'rejected', reason: 'refresh-rejected' }
    return { type: 'unavailable', status: response.status }
  },
  async revoke({ fetch, signal }) {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${auth}/sign-out`, {
      method: 'POST',
      headers,
      body: '{}',
      signal,
    })
    return response.ok
  },
}

export const betterAuth: ForeignServer = {
  name: 'better-auth, JWT plug-in',
  folder: 'better-auth',
  package: 'better-auth',
  transport,
  async signIn(name) {
    await post(`${auth}/sign-in/email`, {
      email: `${name}@example.com`,
      password: `${name}-password`,
    })
    const response = await fetch(`${auth}/token`)
    return (await response.json()) as unknown
  },
  api: '/api/me',
  userIn: (answer) => (answer as { name?: string }).name,
  isRefresh: ({ path }) => path === `${auth}/token`,
  expiredAfterMs: 16 * 60_000,
  costs: {},
}
