// The page of the browser tests: an application with a session, which a test controls, and which records its events.
import { decodeJwt } from 'jose'
import {
  createSession,
  idleTimeout,
  isSessionError,
  serverEvents,
  type ExtendResult,
  type SessionEnd,
  type SessionEvents,
  type SessionState,
} from '../../../src/index.ts'
import { optionsFor, type Strategy } from './fixture-transport.ts'
import { createOvertaking } from './overtaking.ts'

/** Where the refresh token travels: in an HttpOnly cookie, or in the body. */
export type Mode = 'cookie' | 'body'

/** The outcome of a request. */
export interface Outcome {
  readonly status?: number
  /** The error's name, and a SessionError's code. */
  readonly error?: string
}

/** An answer as the caller of `authFetch` sees it. */
export interface Seen {
  readonly status: number
  readonly challenge: string | null
  readonly body: string
}

/** An event of the session, or a request that the page sent by itself as it woke. */
export interface Entry {
  readonly what: keyof SessionEvents | 'request on wake'
  readonly detail: Readonly<Record<string, unknown>>
  /** By the system's clock, not by the page's, which tests move. */
  readonly at: number
}

/** The interface of the page for tests. */
export interface Fixture {
  /** Identifies this load of the page. */
  readonly load: string
  readonly state: () => SessionState
  /** Registers a new user, and logs in as that user. */
  signIn(): Promise<SessionState>
  /** Registers a new user. The server has begun a session then, but the page has not called `login()`. */
  register(): Promise<unknown>
  /** Logs in with the answer that `register` has returned. */
  logIn(answer: unknown): Promise<void>
  logOut(): Promise<void>
  extend(): Promise<ExtendResult>
  takeLastEnd(): Promise<SessionEnd | null>
  /** Sends a request to the API. */
  call(path: string): Promise<Outcome>
  /** Sends a request to the API, and reads the answer as its caller sees it. */
  read(path: string): Promise<Seen>
  /** Sends `count` requests at once. */
  burst(count: number): Promise<Outcome[]>
  /** Prepares `count` requests, which are sent at once when one of the tabs calls `fire`. */
  arm(count: number): void
  fire(): void
  /** The outcomes of the requests that this tab has prepared. */
  fired(): Promise<Outcome[]>
  /** Sends `count` requests at once, whose answers overtake each other. Resolves to the issue times of the tokens in them. */
  overtake(count: number): Promise<number[]>
  /** Moves this page's clock on. */
  skip(ms: number): void
  /** Dispatches `focus`, as when the computer wakes. */
  focus(): void
  /** All entries of this tab, those of its earlier pages included, oldest first. */
  journal(): Entry[]
}

declare global {
  interface Window {
    fixture: Fixture
  }
}

const EVENTS = [
  'started',
  'refreshed',
  'refresh-failed',
  'expiring',
  'extended',
  'ended',
  'step-up',
  'degraded',
  'server-event',
] as const

const settings = new URLSearchParams(location.search)
const mode: Mode = settings.get('mode') === 'body' ? 'body' : 'cookie'
const strategy = settings.get('strategy') as Strategy | null
const requestOnWake = settings.get('requestOnWake')
const idleAfterMs = Number(settings.get('idleAfterMs'))

const kept = tabStorage()
const systemNow = Date.now
// Read each time: the clock may have moved while the page was in the back/forward cache.
const aheadMs = (): number => Number(kept.getItem('aheadMs'))
Date.now = () => systemNow() + aheadMs()
skip(Number(settings.get('agesMs')))

// Registered first, before any listener of the session. `session` exists by the time they are called.
if (requestOnWake !== null) {
  const capture = requestOnWake === 'capture'
  addEventListener('pageshow', ({ persisted }) => persisted && void wake('pageshow'), { capture })
  document.addEventListener('resume', () => void wake('resume'), { capture })
}

const origins = settings.get('origins')
const events = settings.get('events')
const load = crypto.randomUUID()
const overtaking = createOvertaking(issuedAt)
let armed: { fire(): void; readonly outcomes: Promise<Outcome[]> } | undefined
const session = createSession({
  ...optionsFor(strategy, mode, settings.get('hintCookie') ?? undefined, {
    'x-requested-with': load,
  }),
  fetch: overtaking.fetch,
  ...(origins !== null && { origins: [origins] }),
  ...(events !== null && { events: serverEvents(events) }),
  ...(idleAfterMs > 0 && { idle: idleTimeout({ afterMs: idleAfterMs }) }),
})
for (const event of EVENTS) session.on(event, (detail) => record(event, { ...detail }))

window.fixture = {
  load,
  state: () => session.state,
  async signIn() {
    await session.login(await register())
    return session.state
  },
  register,
  logIn: (answer) => session.login(answer),
  async logOut() {
    await session.logout()
  },
  extend: () => session.extend(),
  takeLastEnd: () => session.takeLastEnd(),
  call,
  async read(path) {
    const response = await session.authFetch(path)
    const challenge = response.headers.get('www-authenticate')
    return { status: response.status, challenge, body: await response.text() }
  },
  async overtake(count) {
    overtaking.gather(count)
    const calls = Array.from({ length: count }, () => session.authFetch('/api/me'))
    return (await Promise.all(calls)).map(issuedAt)
  },
  burst,
  arm(count) {
    const channel = new BroadcastChannel('storm')
    const { promise, resolve } = Promise.withResolvers<undefined>()
    channel.addEventListener('message', () => resolve(undefined))
    armed = {
      fire() {
        channel.postMessage('now')
        resolve(undefined)
      },
      outcomes: promise.then(() => {
        channel.close()
        return burst(count)
      }),
    }
  },
  fire: () => armed?.fire(),
  fired: () => armed?.outcomes ?? Promise.resolve([]),
  skip,
  focus: () => void dispatchEvent(new Event('focus')),
  journal,
}

function burst(count: number): Promise<Outcome[]> {
  return Promise.all(Array.from({ length: count }, () => call('/api/me')))
}

async function register(): Promise<unknown> {
  const response = await fetch(`/${strategy === 'ordinary' ? strategy : 'auth'}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-requested-with': 'fixture' },
    body: JSON.stringify({
      username: `user-${crypto.randomUUID()}`,
      password: crypto.randomUUID(),
      delivery: mode,
    }),
  })
  if (!response.ok) throw new Error(`Registering was answered with ${response.status}`)
  return await response.json()
}

/** When the token in an answer was issued, by the server's clock. */
function issuedAt({ headers }: Response): number {
  return decodeJwt(headers.get('x-access-token') ?? '').iat ?? NaN
}

async function call(path: string): Promise<Outcome> {
  try {
    const response = await session.authFetch(path)
    return { status: response.status }
  } catch (error) {
    if (isSessionError(error)) return { error: `SessionError ${error.code}` }
    return { error: error instanceof Error ? error.name : String(error) }
  }
}

async function wake(event: 'pageshow' | 'resume'): Promise<void> {
  record('request on wake', { event, ...(await call('/api/me')) })
}

// Kept in the tab rather than the page, because tests reload pages.
function record(what: Entry['what'], detail: Entry['detail']): void {
  kept.setItem('journal', JSON.stringify([...journal(), { what, detail, at: systemNow() }]))
}

function journal(): Entry[] {
  return JSON.parse(kept.getItem('journal') ?? '[]') as Entry[]
}

function skip(ms: number): void {
  kept.setItem('aheadMs', String(aheadMs() + ms))
}

/** sessionStorage, or memory if the user refuses storage: some engines throw then, and in some it is `null`. */
function tabStorage(): Pick<Storage, 'getItem' | 'setItem'> {
  try {
    sessionStorage.getItem('')
    return sessionStorage
  } catch {
    const items = new Map<string, string>()
    return {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => void items.set(key, value),
    }
  }
}
