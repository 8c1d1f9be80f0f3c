import { createSession, expiryWarnings, judgeStepUp, serverEvents, type Session } from 'latchkey'
import { limits } from './limits.ts'
import { sessionName, strategy } from './mode.ts'
import { strategyOptions } from './strategy-options.ts'
import { watchedFetch } from './watched-fetch.ts'
import { watchedIdleTimeout } from './watched-idle-timeout.ts'

/** Opens the session of this page, shared with all tabs in the same mode. */
export function openLatchkeySession(): Session {
  const { idleS, warnS } = limits
  return createSession({
    judgeResponse: judgeStepUp,
    ...strategyOptions(),
    // If the session is ended elsewhere, it ends here at once, even if the page is not used.
    ...(strategy !== 'anonymous' && { events: serverEvents('/auth/events') }),
    // An application writes idleTimeout({ afterMs }); this one also shows what it counts as activity.
    idle: idleS === 0 ? undefined : watchedIdleTimeout({ afterMs: idleS * 1000 }),
    warnings: expiryWarnings({ warnMs: warnS * 1000 }),
    // An application has one transport and needs no name. Here two transports share a URL and must not share a session.
    name: sessionName,
    // An application does not need this either. The page uses it to show what the session sends, and to spoil it.
    fetch: watchedFetch,
  })
}
