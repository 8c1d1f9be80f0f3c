// @auth0/auth0-spa-js, as in its README and Auth0's docs ("Use Refresh Token Rotation"): refresh tokens on, and the
// cache in localStorage for all tabs. The library uses a lock of its own across tabs. A request that is answered 401
// asks the server, not the cache, for a token once (getTokenSilently, cacheMode "off").
import { Auth0Client } from '@auth0/auth0-spa-js'
import { startPage } from '../../support/bench-page.ts'

startPage(() => {
  const auth0 = new Auth0Client({
    domain: `${location.origin}/shim`,
    clientId: 'bench',
    cacheLocation: 'localstorage',
    useRefreshTokens: true,
    authorizationParams: { redirect_uri: location.origin + location.pathname },
  })
  const query = new URLSearchParams(location.search)
  const ready = query.has('code') ? finishSignIn() : Promise.resolve()

  async function finishSignIn() {
    await auth0.handleRedirectCallback()
    history.replaceState(null, '', location.pathname)
  }

  const sendWith = (token, path) => fetch(path, { headers: { authorization: `Bearer ${token}` } })

  return {
    signIn: () => auth0.loginWithRedirect(),
    async send(path) {
      await ready
      const response = await sendWith(await auth0.getTokenSilently(), path)
      if (response.status !== 401) return response.status
      return (await sendWith(await auth0.getTokenSilently({ cacheMode: 'off' }), path)).status
    },
    signOut: () => auth0.logout({ openUrl: false }),
  }
})
