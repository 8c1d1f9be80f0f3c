import type { LogEntry } from './core/notify/event-log.ts'
import { judgeChallenge, type Verdict } from './fetch/challenge.ts'
import { isIdleSettings, type IdleSettings, type IdleTimeout } from './idle-timeout.ts'
import { misuse, ownOptions } from './misuse.ts'
import { isServerEventStream, type ServerEvents, type ServerEventStream } from './server-events.ts'
import type { TokenStorage } from './tokens.ts'
import type { RequestLine, Transport } from './transport.ts'

/** WCAG 2.2.1 asks for twenty seconds to react. */
const LEAST_WARN_MS = 20_000

/** Options of {@link createSession}. */
export interface SessionOptions {
  /** How tokens are fetched and renewed: `cookieTransport('/auth')`, `jsonTransport('/auth')`. */
  readonly transport: Transport
  /** Ends the session of a user who is away: `idleTimeout({ afterMs })`. @default only the server's limits end a session */
  readonly idle?: IdleTimeout | undefined
  /** Events that the server pushes to all tabs, such as the end of the session: `serverEvents('/auth/events')`. @default none */
  readonly events?: ServerEvents | undefined
  /** How long before any end, idle or set by the server, a warning opens. At least 20_000 (WCAG 2.2.1). @default 60_000 */
  readonly warnMs?: number | undefined
  /** Origins that get the token besides the page's own: scheme, host and port, such as `https://api.example.com`. @default none */
  readonly origins?: readonly string[] | undefined
  /** Tabs that open a session of the same name share it. @default the resolved URL of the transport */
  readonly name?: string | undefined
  /** Where tokens are kept. @default the transport's choice: memory for cookies, the sealed record for tokens that script can read */
  readonly storage?: TokenStorage | undefined
  /** How long before its expiry a token is renewed, at most a fifth of its lifetime. @default 60_000 */
  readonly leadMs?: number | undefined
  /** How long a request waits for a renewal that the server cannot give now. @default 15_000 */
  readonly maxWaitMs?: number | undefined
  /** What the API's answer says about the token. Clone the response to read its body. @default reads 401 and its `WWW-Authenticate` */
  readonly judgeResponse?: ((response: Response) => Verdict | Promise<Verdict>) | undefined
  /** Whether a request that was refused because of its token may be sent again. @default always, except one-shot streams */
  readonly shouldReplay?: ((request: RequestLine) => boolean) | undefined
  /** Sends requests. @default the global fetch, looked up at each call */
  readonly fetch?: typeof fetch | undefined
  /**
   * Called with each diagnostic entry, in order, after the fact. Errors it throws are reported and otherwise ignored. An
   * entry never holds a token. @default none; `diagnostics()` has the last 100 entries
   */
  readonly onLog?: ((entry: LogEntry) => void) | undefined
}

/** The options with everything filled in. */
export interface ResolvedOptions extends Required<
  Omit<
    SessionOptions,
    'idle' | 'events' | 'name' | 'fetch' | 'storage' | 'judgeResponse' | 'shouldReplay' | 'onLog'
  >
> {
  readonly origins: readonly string[]
  readonly leadMs: number
  readonly maxWaitMs: number
  readonly warnMs: number
  readonly idle: IdleSettings | undefined
  readonly events: ServerEventStream | undefined
  readonly name: string | undefined
  readonly fetch: typeof fetch | undefined
  readonly storage: TokenStorage
  readonly judgeResponse: (response: Response) => Verdict | Promise<Verdict>
  readonly shouldReplay: (request: RequestLine) => boolean
  readonly onLog: ((entry: LogEntry) => void) | undefined
}

/** Checks and completes the options. Throws a `TypeError` that names the option, what was given and what is wanted. */
export function resolveOptions(options: SessionOptions): ResolvedOptions {
  // A caller in JavaScript may pass anything.
  const given = ownOptions(options as SessionOptions | undefined)
  const { transport, origins = [], name, leadMs = 60_000, maxWaitMs = 15_000 } = given
  const {
    judgeResponse = judgeChallenge,
    shouldReplay = () => true,
    idle,
    events,
    warnMs = 60_000,
  } = given

  if (typeof transport?.refresh !== 'function') {
    throw misuse('transport', "a transport, such as cookieTransport('/auth')", transport)
  }
  const { storage: own } = transport as Partial<Transport>
  const storage = given.storage ?? own
  if (typeof storage?.seal !== 'function')
    throw misuse('storage', 'memoryStorage() or recordStorage()', storage)
  if (storage.kind === 'memory' && own?.kind === 'record') {
    throw misuse(
      'storage',
      'recordStorage(): in memory, tabs cannot share the refresh token of this transport',
      storage,
    )
  }
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    throw misuse('name', 'a non-empty string', name)
  for (const [option, ms] of Object.entries({ leadMs, maxWaitMs })) {
    if (typeof ms !== 'number' || !(ms >= 0)) throw misuse(option, 'milliseconds, 0 or more', ms)
  }
  if (typeof warnMs !== 'number' || !(warnMs >= LEAST_WARN_MS))
    throw misuse('warnMs', 'milliseconds, 20_000 or more (WCAG 2.2.1)', warnMs)
  if (idle !== undefined && !isIdleSettings(idle))
    throw misuse('idle', 'idleTimeout({ afterMs })', idle)
  if (idle && idle.afterMs <= warnMs)
    throw misuse('idle.afterMs', `longer than warnMs (${warnMs})`, idle.afterMs)
  if (events !== undefined && !isServerEventStream(events))
    throw misuse('events', "serverEvents('/auth/events')", events)
  for (const [option, hook] of Object.entries({
    judgeResponse,
    shouldReplay,
    fetch: given.fetch ?? judgeResponse,
    onLog: given.onLog ?? judgeResponse,
  })) {
    if (typeof hook !== 'function') throw misuse(option, 'a function', hook)
  }
  if (!Array.isArray(origins) || !origins.every(isOrigin)) {
    throw misuse(
      'origins',
      "a list of origins without a path, such as ['https://api.example.com']",
      origins,
    )
  }
  return {
    transport,
    origins: [...(origins as readonly string[])],
    name,
    storage,
    leadMs,
    maxWaitMs,
    warnMs,
    idle,
    events,
    judgeResponse,
    shouldReplay,
    fetch: given.fetch,
    onLog: given.onLog,
  }
}

function isOrigin(value: unknown): boolean {
  try {
    // A wildcard parses, and would match nothing.
    return typeof value === 'string' && /^http[^*]+$/.test(value) && new URL(value).origin === value
  } catch {
    return false
  }
}
