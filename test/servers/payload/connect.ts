import { readTokenResponse, renewTransport } from '../../../src/index.ts'
import { post, type ForeignServer } from '../server.ts'

const transport = renewTransport('/api/users', {
  paths: { renew: '/refresh-token' },
  read(answer) {
    const { token, refreshedToken } = answer as { token?: string; refreshedToken?: string }
    return readTokenResponse({ access_token: refreshedToken ?? token })
  },
  refused: (status) => status === 403,
})

export const payload: ForeignServer = {
  name: 'Payload, one token',
  folder: 'payload',
  package: 'payload',
  transport,
  signIn: (name) =>
    post('/api/users/login', { email: `${name}@example.com`, password: `${name}-password` }),
  api: '/api/users/me',
  userIn: (answer) => (answer as { user?: { name: string } | null }).user?.name,
  isRefresh: ({ path }) => path === '/api/users/refresh-token',
  // A token lives for two hours, and is renewed after one, give or take six minutes.
  expiredAfterMs: 70 * 60_000,
  renewsOnlyGood: true,
  costs: {},
}
