// The page of the tests with oidc-provider: an application that signs in there, on an origin of its own.
import {
  createSession,
  isSessionError,
  oauthTransport,
  type SessionEnd,
  type SessionState,
} from '../../../../src/index.ts'
import { comeBack, leaveToSignIn } from './sign-in-by-code.ts'

/** The interface of the page for tests. */
export interface OidcPage {
  /** Resolves when the page is ready, and signed in if the provider has just sent the user back. */
  readonly ready: Promise<SessionState>
  readonly state: () => SessionState
  /** Leaves the page. */
  signIn(): Promise<void>
  logOut(): Promise<void>
  takeLastEnd(): Promise<SessionEnd | null>
  /** Requests userinfo of the provider, which stands for an API. Resolves to the status, or to the code of the error. */
  call(): Promise<number | string>
  /** Sends `count` such requests at once. */
  burst(count: number): Promise<(number | string)[]>
  /** Moves this page's clock on. */
  skip(ms: number): void
  /** Sends such a request every `everyMs`, until the page is left. */
  work(everyMs: number): void
  /** The outcomes of these requests since the last call of `takeWork`. */
  takeWork(): Work
  /** The events of the session on this page. */
  readonly events: { readonly event: string; readonly by: string | null; readonly at: number }[]
}

/** The outcomes of a page's requests. */
export interface Work {
  readonly answered: number
  /** The statuses and error codes of the failed requests. */
  readonly failed: readonly string[]
  /** How many sessions have ended. */
  readonly ended: number
}

declare global {
  interface Window {
    oidc: OidcPage
  }
}

const settings = new URLSearchParams(location.search)
function setting(name: string): string | null {
  // The provider sends its user back to an address without these settings.
  const value = settings.get(name) ?? sessionStorage.getItem(name)
  if (value !== null) sessionStorage.setItem(name, value)
  return value
}
const issuer = setting('issuer') ?? ''
const client = { issuer, clientId: setting('clientId') ?? '' }
const scope = setting('scope') ?? undefined

const systemNow = Date.now
let aheadMs = 0
Date.now = () => systemNow() + aheadMs

// The provider's userinfo endpoint stands for an API, so its origin gets the token.
const session = createSession({
  transport: oauthTransport({ ...client, scope }),
  origins: [new URL(issuer).origin],
})

const events: OidcPage['events'] = []
function record(event: string, by: string | null): void {
  events.push({ event, by, at: systemNow() })
}
session.on('refreshed', ({ by }) => record('refreshed', by))
session.on('refresh-failed', () => record('refresh-failed', null))
session.on('ended', ({ reason }) => record('ended', reason))

async function open(): Promise<SessionState> {
  const answer = await comeBack(client)
  if (answer !== null) await session.login(answer)
  return await session.ready
}

async function call(): Promise<number | string> {
  try {
    return (await session.authFetch(`${issuer}/me`)).status
  } catch (error) {
    return isSessionError(error) ? error.code : String(error)
  }
}

let answered = 0
let failed: string[] = []
let ended = 0
session.on('ended', () => {
  ended++
})

async function work(): Promise<void> {
  const outcome = await call()
  if (outcome === 200) answered++
  else failed.push(String(outcome))
}

window.oidc = {
  ready: open(),
  state: () => session.state,
  signIn: () => leaveToSignIn(client),
  async logOut() {
    await session.logout()
  },
  takeLastEnd: () => session.takeLastEnd(),
  call,
  burst: (count) => Promise.all(Array.from({ length: count }, call)),
  skip: (ms) => void (aheadMs += ms),
  work(everyMs) {
    setInterval(() => void work(), everyMs)
  },
  takeWork() {
    const taken = { answered, failed, ended }
    answered = 0
    failed = []
    ended = 0
    return taken
  },
  events,
}
