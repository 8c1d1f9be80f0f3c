import { cookieTransport, createSession, jsonTransport, type Session } from 'latchkey'
import { mode } from './mode.ts'

/** The session of this page, and of every other tab that has it open in the same mode. */
export const session: Session = createSession({
  transport: mode === 'cookie' ? cookieTransport('/auth') : jsonTransport('/auth'),
  // An application has one transport and needs no name. Here two share a URL, and shall not share a session.
  name: `demo-${mode}`,
})
