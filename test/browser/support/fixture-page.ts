// The page of the browser tests: an application with a session, which does what a test asks it to and remembers what it saw.
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

/** What became of a request. */
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

/** Something the session told, or a request that the page sent by itself as it woke. */
export interface Entry {
  readonly what: keyof SessionEvents | 'request on wake'
  readonly detail: Readonly<Record<string, unknown>>
  /** By the system's clock, whatever the page's own says. */
  readonly at: number
}

/** What tests can ask of the page. */
export interface Fixture {
  /** Which load of the page this is. */
  readonly load: string
  readonly state: () => SessionState
  /** Registers somebody new, and logs in as them. */
  signIn(): Promise<SessionState>
  /** Registers somebody new. The server has begun a session then, and this page has not heard of it. */
  register(): Promise<unknown>
  /** Logs in with what `register` has brought. */
  logIn(answer: unknown): Promise<void>
  logOut(): Promise<void>
  /** Asks to stay. */
  extend(): Promise<ExtendResult>
  takeLastEnd(): Promise<SessionEnd | null>
  /** Sends a request to the API. */
  call(path: string): Promise<Outcome>
  /** Sends a request to the API, and reads what the caller gets to see of the answer. */
  read(path: string): Promise<Seen>
  /** Sends this many at once. */
  burst(count: number): Promise<Outcome[]>
  /** Gets ready to send this many at once, at the moment when one of the tabs calls `fire`. */
  arm(count: number): void
  fire(): void
  /** What became of the requests for which this tab was armed. */
  fired(): Promise<Outcome[]>
  /** Sends this many at once, whose answers overtake each other; resolves to when the tokens were made that they brought. */
  overtake(count: number): Promise<number[]>
  /** Moves this page's clock on. */
  skip(ms: number): void
  /** Gives the page the focus, as when its computer wakes. */
  focus(): void
  /** Everything so far, this tab's earlier pages included; oldest first. */
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
const requestOnWake = settings.get('requestOnWake')
const idleAfterMs = Number(settings.get('idleAfterMs'))

const kept = tabStorage()
const systemNow = Date.now
// Read each time: a page that comes back out of the cache finds a clock that has gone on.
const aheadMs = (): number => Number(kept.getItem('aheadMs'))
Date.now = () => systemNow() + aheadMs()
skip(Number(settings.get('agesMs')))

// First of all, so that no listener of the session can have come before: `session` exists when they are called.
if (requestOnWake !== null) {
  const capture = requestOnWake === 'capture'
  addEventListener('pageshow', ({ persisted }) => persisted && void wake('pageshow'), { capture })
  document.addEventListener('resume', () => void wake('resume'), { capture })
}

const origins = settings.get('origins')
const events = settings.get('events')
const load = crypto.randomUUID()
const overtaking = createOvertaking(madeAt)
let armed: { fire(): void; readonly outcomes: Promise<Outcome[]> } | undefined
const session = createSession({
  ...optionsFor(
    settings.get('strategy') as Strategy | null,
    mode,
    settings.get('hintCookie') ?? undefined,
    { 'x-requested-with': load },
  ),
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
    return (await Promise.all(calls)).map(madeAt)
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
  const response = await fetch('/auth/register', {
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

/** When the token was made that an answer has brought, by the server's clock. */
function madeAt({ headers }: Response): number {
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

// Kept in the tab rather than the page: reloads are part of the stories.
function record(what: Entry['what'], detail: Entry['detail']): void {
  kept.setItem('journal', JSON.stringify([...journal(), { what, detail, at: systemNow() }]))
}

function journal(): Entry[] {
  return JSON.parse(kept.getItem('journal') ?? '[]') as Entry[]
}

function skip(ms: number): void {
  kept.setItem('aheadMs', String(aheadMs() + ms))
}

/** What outlives a reload, or the page alone where its user refuses storage: some engines throw then, and some have `null`. */
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
