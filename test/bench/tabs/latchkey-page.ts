// An application with latchkey, with its refresh token in a cookie or in the record, as the address says.
import { cookieTransport, createSession, jsonTransport } from '../../../src/index.ts'
import { moment, startPage } from '../support/bench-page.ts'
import { register } from '../support/register.ts'

declare global {
  interface Window {
    /** Resolves to when this tab has a token again. Only on latchkey's pages. */
    tokenAt: () => Promise<number>
  }
}

const delivery = new URLSearchParams(location.search).get('mode') === 'body' ? 'body' : 'cookie'

startPage(() => {
  const session = createSession({
    transport: delivery === 'body' ? jsonTransport('/auth') : cookieTransport('/auth'),
  })
  window.tokenAt = async () => {
    await session.getAccessToken()
    return moment()
  }
  return {
    async signIn() {
      await session.login(await register(delivery))
    },
    send: async (path) => (await session.authFetch(path)).status,
    signOut: () => session.logout(),
    onEnd: (listener) => void session.onSessionEnded(listener),
  }
})
