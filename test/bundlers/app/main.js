import { createSession } from 'latchkey'
import { refreshWorker } from 'latchkey/worker'
import { transport } from './transport.js'

const session = createSession({
  transport,
  worker: refreshWorker(
    () =>
      new SharedWorker(new URL('./session-worker.js', import.meta.url), {
        type: 'module',
        extendedLifetime: true,
      }),
  ),
})
const losses = []
let by
session.on('degraded', (loss) => losses.push(loss))
session.on('refreshed', (event) => (by = event.by))

// What the test asks of the page.
window.worked = {
  async signIn() {
    const response = await fetch('/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'alice', password: 'correct horse battery staple' }),
    })
    await session.login(await response.json())
  },
  renew: () =>
    session.getAccessToken({ forceRefresh: true }).then(
      () => 'token',
      (error) => error.code,
    ),
  status: () => session.state.status,
  losses: () => losses,
  by: () => by,
}
