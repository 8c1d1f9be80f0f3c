// supertokens-website, as in its docs ("Initialize SuperTokens in your frontend"): cookies for both tokens, its
// interceptor in fetch, its lock across tabs (browser-tabs-lock). After init, an application sends with plain fetch.
import SuperTokens from 'supertokens-website'
import { startPage } from '../../support/bench-page.ts'

startPage(() => {
  let onEnd = () => undefined
  SuperTokens.init({
    apiDomain: location.origin,
    apiBasePath: '/shim/supertokens',
    onHandleEvent({ action }) {
      if (action === 'SIGN_OUT' || action === 'UNAUTHORISED') onEnd()
    },
  })

  return {
    signIn: () => fetch('/shim/supertokens/signin', { method: 'POST' }),
    send: async (path) => (await fetch(`/shim/supertokens${path}`)).status,
    signOut: () => SuperTokens.signOut(),
    onEnd: (listener) => (onEnd = listener),
  }
})
