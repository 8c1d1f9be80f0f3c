import { createSession, serverEvents, type Session } from 'latchkey'
import { limits } from './limits.ts'
import { sessionName, strategy } from './mode.ts'
import { strategyOptions } from './strategy-options.ts'
import { watchedFetch } from './watched-fetch.ts'
import { watchedIdleTimeout } from './watched-idle-timeout.ts'

/** Opens the session of this page, and of every other tab that has it open in the same mode. */
export function openLatchkeySession(): Session {
  const { idleS, warnS } = limits
  return createSession({
    ...strategyOptions(),
    // So that a session which is ended elsewhere is over here at once, although nobody touches the page.
    ...(strategy !== 'anonymous' && { events: serverEvents('/auth/events') }),
    // An application writes idleTimeout({ afterMs }): this one shows what it sees.
    idle: idleS === 0 ? undefined : watchedIdleTimeout({ afterMs: idleS * 1000 }),
    warnMs: warnS * 1000,
    // An application has one transport and needs no name. Here two share a URL, and shall not share a session.
    name: sessionName,
    // An application needs this neither: it is how the page sees what the session sends, and spoils it.
    fetch: watchedFetch,
  })
}
