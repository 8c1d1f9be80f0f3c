import {
  createSession,
  expiryWarnings,
  idleTimeout,
  judgeStepUp,
  serverEvents,
  stay,
  type Session,
} from 'latchkey'
import { faultyFetch } from './faulty-fetch.ts'
import { limits } from './limits.ts'
import { sessionName, strategy } from './mode.ts'
import { strategyOptions } from './strategy-options.ts'
import { tools } from './tools.ts'

/** Opens the session of this page, shared with all tabs in the same mode. */
export function openLatchkeySession(): Session {
  const { idleS, warnS } = limits
  const session = createSession({
    judgeResponse: judgeStepUp,
    ...strategyOptions(),
    // If the session is ended elsewhere, it ends here at once, even if the page is not used.
    ...(strategy !== 'anonymous' && { events: serverEvents('/auth/events'), onEnd: stay() }),
    idle: idleS === 0 ? undefined : idleTimeout({ afterMs: idleS * 1000 }),
    warnings: expiryWarnings({ warnMs: warnS * 1000 }),
    // An application has one transport and needs no name. Here two transports share a URL and must not share a session.
    name: sessionName,
    // The timeline. An application gives this in development.
    diagnostics: tools,
    // An application does not need this. The page uses it to spoil what the session sends.
    fetch: faultyFetch,
  })
  // The user of a covered page does not want to sign in again, so the page is to be nobody's.
  session.subscribe(() => {
    const { cover, end } = session.state
    if (cover && end?.reason === 'logout') location.reload()
  })
  return session
}
