// @badgateway/oauth2-client, as in its README ("Fetch Wrapper", "Storing tokens for later use with FetchWrapper"):
// tokens in localStorage, so that other tabs and later pages start with them; refreshed ahead of time and after a 401.
import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client'
import { startPage } from '../../support/bench-page.ts'

startPage(() => {
  const client = new OAuth2Client({
    server: location.origin,
    tokenEndpoint: '/shim/oauth/token',
    clientId: 'bench',
  })
  const stored = () => JSON.parse(localStorage.getItem('token-store') ?? 'null')
  let wrapper
  const create = () =>
    new OAuth2Fetch({
      client,
      getNewToken: () => null,
      storeToken: (token) => localStorage.setItem('token-store', JSON.stringify(token)),
      getStoredToken: stored,
    })
  if (stored()) wrapper = create()

  return {
    async signIn() {
      const token = await client.password({
        username: `user-${crypto.randomUUID()}`,
        password: crypto.randomUUID(),
      })
      localStorage.setItem('token-store', JSON.stringify(token))
      wrapper = create()
    },
    send: async (path) => (await wrapper.fetch(new URL(path, location.href).href)).status,
    // The library has no logout. An application would write this.
    async signOut() {
      localStorage.removeItem('token-store')
    },
  }
})
