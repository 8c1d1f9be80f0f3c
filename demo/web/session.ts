import { cookieTransport, createSession, jsonTransport } from 'latchkey'
import type { DemoSession } from './demo-session.ts'
import { isNaive, mode, sessionName } from './mode.ts'
import { createNaiveSession } from './naive-session.ts'
import { watchedFetch } from './watched-fetch.ts'

/** The session of this page, and of every other tab that has it open in the same mode. */
export const session: DemoSession = isNaive
  ? createNaiveSession({ mode, fetch: watchedFetch })
  : createSession({
      transport:
        mode === 'cookie'
          ? cookieTransport('/auth', { hintCookie: 'latchkey-hint' })
          : jsonTransport('/auth'),
      // An application has one transport and needs no name. Here two share a URL, and shall not share a session.
      name: sessionName,
      // An application needs this neither: it is how the page sees what the session sends, and spoils it.
      fetch: watchedFetch,
    })
