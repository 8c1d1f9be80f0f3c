// A session that ends when the user is idle. There is no server: its tokens are invented, and stay fresh.
import './timers.ts'
import {
  cookieTransport,
  createSession,
  expiryWarnings,
  idleTimeout,
} from '../../../../src/index.ts'
import { startPage } from './page.ts'

const WARN_MS = 20_000

startPage({
  event: 'pointermove',
  async watch(afterMs, onEnd) {
    const session = createSession({
      transport: cookieTransport('/auth', { hintCookie: 'none' }),
      idle: idleTimeout({ afterMs }),
      warnings: expiryWarnings({ warnMs: WARN_MS }),
      fetch: () => Promise.resolve(new Response(null, { status: 204 })),
    })
    session.onSessionEnded(onEnd)
    await session.ready
    await session.login({ access_token: 'x'.repeat(800), expires_in: 86_400 })
    return session.dispose
  },
})
