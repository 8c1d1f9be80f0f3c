import { oauthTransport } from '../../../src/index.ts'
import type { ForeignServer } from '../server.ts'
import { signInByCode } from '../sign-in-by-code.ts'

// The provider is on the page's own origin here. `npm run test:servers` reads this file in Node.js as well, which has none.
const issuer = 'location' in globalThis ? location.origin : 'http://127.0.0.1'
const clientId = 'the-page'

const transport = oauthTransport({ issuer, clientId })

const LOST = 'the answer dies with its tab, and the server accepts no token twice'

export const oidcProvider: ForeignServer = {
  name: 'oidc-provider, strict rotation',
  folder: 'oidc-provider',
  package: 'oidc-provider',
  transport,
  signIn: (login) => signInByCode({ issuer, clientId }, login),
  api: '/me',
  userIn: (answer) => (answer as { sub?: string }).sub,
  isRefresh: ({ path, body }) => path === '/token' && body.includes('refresh_token'),
  expiredAfterMs: 61 * 60_000,
  costs: { 'two reloads during a refresh': LOST, 'tab closed during a refresh': LOST },
}
