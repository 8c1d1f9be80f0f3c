// The page of the conformance test: a session, and both fetches asked the same.
import { cookieTransport, createSession } from '../../../src/index.ts'
import { CASES, type Seen } from '../../support/conformance-cases.ts'

declare global {
  interface Window {
    logIn(): Promise<void>
    /** What is to be seen of a case, with fetch and with authFetch, where all requests say `init`. */
    sideBySide(name: string, api: string, init: RequestInit): Promise<readonly [Seen, Seen]>
  }
}

const session = createSession({
  transport: cookieTransport('/auth', { hintCookie: 'none' }),
  origins: new URLSearchParams(location.search).getAll('trusted'),
})

window.logIn = () => session.login({ access_token: 'secret', expires_in: 86_400 })

window.sideBySide = async (name, origin, init) => {
  await session.ready
  const look = CASES[name]
  if (!look) throw new Error(`No such case: ${name}`)
  return [
    await look({ fetch: (...args) => fetch(...args), origin, init }),
    await look({ fetch: session.authFetch, origin, init }),
  ]
}
