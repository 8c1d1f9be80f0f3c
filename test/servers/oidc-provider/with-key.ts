import { dpop } from '../../../src/dpop/index.ts'
import { oauthTransport } from '../../../src/index.ts'
import type { ForeignServer } from '../server.ts'
import { signInByCode } from '../sign-in-by-code.ts'
import { oidcProvider } from './connect.ts'

// The provider is on the page's own origin here. `npm run test:servers` reads this file in Node.js as well, which has none.
const issuer = 'location' in globalThis ? location.origin : 'http://127.0.0.1'
const clientId = 'the-page-with-a-key'

const transport = dpop(oauthTransport({ issuer, clientId }))

export const oidcProviderWithKey: ForeignServer = {
  ...oidcProvider,
  name: 'oidc-provider, strict rotation, DPoP',
  transport,
  signIn: async (login) => signInByCode({ issuer, clientId }, login, await transport.keyPair()),
  bindsTokens: true,
  // If time passed at the server alone, it would refuse the page's proofs: those say when they were made.
  async refuse(origin) {
    await fetch(`${origin}/grants`, { method: 'DELETE' })
  },
}
