// The session of a recipe's page, unless the documentation has a `session.ts` of its own.
import { cookieTransport, createSession } from '../../src/index.ts'

export const session = createSession({ transport: cookieTransport('/auth') })
export const { authFetch } = session
