// The page of the replay tests: a session, and calls to a server that records its requests.
import { cookieTransport, createSession } from '../../../src/index.ts'
import { BODIES, formData, REQUESTS } from '../../support/bodies.ts'
import { ODD_CALLS } from '../../support/odd-calls.ts'

/** The outcome of a call: its answer's status and type, or the error's name. */
export type Outcome =
  { readonly status: number; readonly type: string } | { readonly error: string }

declare global {
  interface Window {
    logIn(): Promise<void>
    /** Sends a request with `fetch` or `authFetch`. */
    send(by: 'fetch' | 'authFetch', url: string, init: RequestInit): Promise<Outcome>
    /** Posts the body of that name with `authFetch`. */
    post(url: string, body: string): Promise<Outcome>
    /** Makes the odd call of that name. Resolves to its full outcome, and to what it did to its arguments. */
    odd(by: 'fetch' | 'authFetch', url: string, name: string): Promise<unknown>
    /** Sends a Request with the body of that name, as PUT, with `authFetch`. */
    put(url: string, body: string): Promise<Outcome>
  }
}

const session = createSession({
  transport: cookieTransport('/auth', { hintCookie: 'none' }),
  origins: new URLSearchParams(location.search).getAll('trusted'),
})

async function outcome(call: Promise<Response>): Promise<Outcome> {
  try {
    const { status, type } = await call
    return { status, type }
  } catch (error) {
    return { error: (error as Error).name }
  }
}

function named<T>(list: readonly (readonly [string, () => T, ...unknown[]])[], name: string): T {
  const found = list.find(([listed]) => listed === name)
  if (!found) throw new Error(`No such body: ${name}`)
  return found[1]()
}

window.logIn = () => session.login({ access_token: 'secret-0', expires_in: 86_400 })
window.send = (by, url, init) =>
  outcome(by === 'fetch' ? fetch(url, init) : session.authFetch(url, init))
window.odd = async (by, url, name) => {
  const notes: unknown[] = []
  const call = ODD_CALLS[name]
  try {
    const response = await call?.(by === 'fetch' ? fetch : session.authFetch, url, notes)
    return { status: response?.status, type: response?.type, notes: notes.sort() }
  } catch (error) {
    const { name, message } = error as Error
    return error instanceof Error
      ? { name, message, notes: notes.sort() }
      : { reason: error, notes }
  }
}
window.post = (url, body) => {
  const bodies = [...BODIES, ['FormData', formData] as const]
  return outcome(session.authFetch(url, { method: 'POST', body: named(bodies, body) }))
}
window.put = (url, body) =>
  outcome(session.authFetch(new Request(url, { method: 'PUT', ...named(REQUESTS, body) })))
