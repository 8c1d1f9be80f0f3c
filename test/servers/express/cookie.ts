import { cookieTransport } from '../../../src/index.ts'
import { post, type ForeignServer } from '../server.ts'

// Its refusals are a bare 401, and a 403 that says nothing in particular.
const transport = cookieTransport('/cookie', {
  refused: (status) => status === 403,
})

export const expressCookie: ForeignServer = {
  name: 'Express, one rotating cookie',
  folder: 'express',
  package: 'express',
  transport,
  signIn: (username) => post('/cookie/login', { username, password: username }),
  api: '/api/me',
  userIn: (answer) => (answer as { username?: string }).username,
  isRefresh: ({ path }) => path === '/cookie/refresh',
  expiredAfterMs: 16 * 60_000,
  costs: {},
}
