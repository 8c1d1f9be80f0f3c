import { jsonTransport } from '../../../src/index.ts'
import { post, type ForeignServer } from '../server.ts'

const transport = jsonTransport('/body', {
  idempotencyHeader: false,
  body: ({ refreshToken }) => ({ refreshToken }),
  refused: (status) => status === 403,
})

const LOST = 'the answer dies with its tab, and the server accepts no token twice'

export const expressBody: ForeignServer = {
  name: 'Express, tokens in the body',
  folder: 'express',
  package: 'express',
  transport,
  signIn: (username) => post('/body/login', { username, password: username }),
  api: '/api/me',
  userIn: (answer) => (answer as { username?: string }).username,
  isRefresh: ({ path }) => path === '/body/refresh',
  expiredAfterMs: 16 * 60_000,
  costs: { 'two reloads during a refresh': LOST, 'tab closed during a refresh': LOST },
}
