// oidc-client-ts, as in its README and docs ("Refresh Token Grant", UserManagerSettings): the user in localStorage for
// all tabs, automatic silent renewal by refresh token as by default. To give it the best chance, a request that finds
// the user expired, or is answered 401, waits for signinSilent(), of which one at a time runs in each tab.
import { UserManager, WebStorageStateStore } from 'oidc-client-ts'
import { startPage } from '../../support/bench-page.ts'

startPage(() => {
  const authority = `${location.origin}/shim`
  const users = new UserManager({
    authority,
    client_id: 'bench',
    redirect_uri: location.href,
    scope: 'openid offline_access',
    userStore: new WebStorageStateStore({ store: localStorage }),
    metadata: {
      issuer: `${authority}/`,
      authorization_endpoint: `${authority}/authorize`,
      token_endpoint: `${authority}/oauth/token`,
    },
    loadUserInfo: false,
  })
  let renewing
  const renew = () => (renewing ??= users.signinSilent().finally(() => (renewing = undefined)))
  const sendAs = (user, path) =>
    fetch(path, { headers: { authorization: `Bearer ${user?.access_token}` } })

  return {
    signIn: () =>
      users.signinResourceOwnerCredentials({
        username: `user-${crypto.randomUUID()}`,
        password: crypto.randomUUID(),
      }),
    async send(path) {
      let user = await users.getUser()
      if (!user) throw new Error('No user is signed in')
      if (user.expired) user = await renew()
      const response = await sendAs(user, path)
      if (response.status !== 401) return response.status
      return (await sendAs(await renew(), path)).status
    },
    signOut: () => users.removeUser(),
    onEnd: (listener) => users.events.addUserUnloaded(listener),
  }
})
