// The page of the conformance test: it makes the same calls with fetch and with authFetch.
import { cookieTransport, createSession } from '../../../src/index.ts'
import { CASES, type Seen } from '../../support/conformance-cases.ts'

declare global {
  interface Window {
    logIn(): Promise<void>
    /** The outcome of a case with fetch and with authFetch, with `init` in all requests. */
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
