// @supabase/auth-js, as in its docs (auth.getSession, "Returns the session, refreshing it if necessary") with its
// defaults: the session in localStorage, refreshed ahead of time. A request that is answered 401 calls refreshSession()
// once. With ?lock, it uses the lock across tabs that was the default until 2.107 and is still an option.
import { AuthClient, navigatorLock } from '@supabase/auth-js'
import { startPage } from '../../support/bench-page.ts'

startPage(() => {
  const auth = new AuthClient({
    url: `${location.origin}/shim/gotrue`,
    storageKey: 'sb-bench-auth-token',
    ...(location.search.includes('lock') && { lock: navigatorLock }),
  })
  const sendAs = ({ data, error }, path) => {
    if (error) throw error
    if (!data.session) throw new Error('No user is signed in')
    return fetch(path, { headers: { authorization: `Bearer ${data.session.access_token}` } })
  }

  return {
    async signIn() {
      const { error } = await auth.signInWithPassword({
        email: `user-${crypto.randomUUID()}`,
        password: crypto.randomUUID(),
      })
      if (error) throw error
    },
    async send(path) {
      const response = await sendAs(await auth.getSession(), path)
      if (response.status !== 401) return response.status
      return (await sendAs(await auth.refreshSession(), path)).status
    },
    signOut: () => auth.signOut({ scope: 'local' }),
    onEnd: (listener) =>
      void auth.onAuthStateChange((event) => event === 'SIGNED_OUT' && listener()),
  }
})
