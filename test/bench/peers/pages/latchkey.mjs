// latchkey: the refresh token in a cookie; with ?mode=body in its record; with ?mode=plain in its record, and a server
// that knows no keys, the protocol that all the others use; with ?mode=worker likewise, refreshed by a SharedWorker; with
// ?mode=ordinary in the one cookie of such a server.
import { cookieTransport, createSession, jsonTransport } from '../../../../src/index.ts'
import { startPage } from '../../support/bench-page.ts'
import { register } from '../../support/register.ts'
import { refreshWorker } from '../../../../src/worker/index.ts'
import { AGES, plainTransport } from './latchkey-plain.mjs'

const TRANSPORTS = {
  cookie: () => cookieTransport('/auth'),
  body: () => jsonTransport('/auth'),
  ordinary: () => cookieTransport('/ordinary'),
  plain: plainTransport,
  worker: plainTransport,
}

const ages = new BroadcastChannel(AGES)

startPage(() => {
  const mode = new URLSearchParams(location.search).get('mode') ?? 'cookie'
  const session = createSession({
    transport: TRANSPORTS[mode](),
    ...(mode === 'worker' && { worker: refreshWorker(() => new SharedWorker('/bench-worker.js')) }),
  })
  return {
    signIn: async () =>
      session.login(
        mode === 'ordinary'
          ? await (await fetch('/ordinary/register', { method: 'POST' })).json()
          : await register(mode === 'cookie' ? 'cookie' : 'body'),
      ),
    send: async (path) => (await session.authFetch(path)).status,
    signOut: () => session.logout(),
    onEnd: (listener) => void session.onSessionEnded(listener),
    onAge: (aheadMs) => ages.postMessage(aheadMs),
  }
})
