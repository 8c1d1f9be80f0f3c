import type { DiagnosticsFeature, SessionDiagnostics } from './diagnostics.ts'
import type { ExpiryWarnings, WarningsFeature } from './expiry-warnings.ts'
import { judgeChallenge, type Verdict } from './fetch/challenge.ts'
import type { IdleFeature, IdleTimeout } from './idle-timeout.ts'
import { misuse, ownOptions } from './misuse.ts'
import type { RefreshWorker, RefreshWorkerFeature } from './refresh-worker.ts'
import type { ServerEvents, ServerEventsFeature } from './server-events.ts'
import type { Stay, StayFeature } from './stay.ts'
import type { TokenStorage } from './tokens.ts'
import type { RequestLine, Transport } from './transport.ts'

// The parts of a session that cost nothing unless they are imported, and how each is given.
const FEATURES = {
  idle: 'idleTimeout({ afterMs })',
  warnings: 'expiryWarnings()',
  events: "serverEvents('/auth/events')",
  diagnostics: 'diagnostics()',
  worker: 'refreshWorker(() => new SharedWorker(…))',
  onEnd: 'stay()',
}

/** Options of {@link createSession}. */
export interface SessionOptions {
  /** How tokens are fetched and renewed: `cookieTransport('/auth')`, `jsonTransport('/auth')`. */
  readonly transport: Transport
  /** Ends the session of a user who is away: `idleTimeout({ afterMs })`. @default only the server's limits end a session */
  readonly idle?: IdleTimeout | undefined
  /** Events that the server pushes to all tabs, such as the end of the session: `serverEvents('/auth/events')`. @default none */
  readonly events?: ServerEvents | undefined
  /** Warns before any end, idle or set by the server: `expiryWarnings({ warnMs })`. @default those of `idle`; without it none */
  readonly warnings?: ExpiryWarnings | undefined
  /** Keeps a log for bug reports: `diagnostics()`. @default none, and `session.diagnostics()` resolves to `null` */
  readonly diagnostics?: SessionDiagnostics | undefined
  /** Lets a worker make the refreshes, so that they outlive their tab: `refreshWorker(() => new SharedWorker(…))`. @default tabs make them */
  readonly worker?: RefreshWorker | undefined
  /** What is kept for a user whose session has ended: `stay()`. @default nothing waits for the next sign-in */
  readonly onEnd?: Stay | undefined
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
  /** What the API's answer says about the token. Clone the response to read its body. @default reads 401 and its `WWW-Authenticate`, but not what a step-up asks for: `judgeStepUp` */
  readonly judgeResponse?: ((response: Response) => Verdict | Promise<Verdict>) | undefined
  /** Whether a request that was refused because of its token may be sent again. @default always, except one-shot streams */
  readonly shouldReplay?: ((request: RequestLine) => boolean) | undefined
  /** Sends requests. @default the global fetch, looked up at each call */
  readonly fetch?: typeof fetch | undefined
}

/** The options with everything filled in. */
export interface ResolvedOptions extends Required<
  Omit<
    SessionOptions,
    keyof typeof FEATURES | 'name' | 'fetch' | 'storage' | 'judgeResponse' | 'shouldReplay'
  >
> {
  readonly origins: readonly string[]
  readonly leadMs: number
  readonly maxWaitMs: number
  readonly idle?: IdleFeature | undefined
  readonly warnings: WarningsFeature | undefined
  readonly events?: ServerEventsFeature | undefined
  readonly diagnostics?: DiagnosticsFeature | undefined
  readonly worker?: RefreshWorkerFeature | undefined
  readonly onEnd?: StayFeature | undefined
  readonly name?: string | undefined
  readonly fetch?: typeof fetch | undefined
  readonly storage: TokenStorage
  readonly judgeResponse: (response: Response) => Verdict | Promise<Verdict>
  readonly shouldReplay: (request: RequestLine) => boolean
}

/** Checks and completes the options. Throws a `TypeError` that names the option, what was given and what is wanted. */
export function resolveOptions(options: SessionOptions): ResolvedOptions {
  // A caller in JavaScript may pass anything.
  const given = ownOptions(options as SessionOptions | undefined)
  const { transport, origins = [], name, leadMs = 60_000, maxWaitMs = 15_000 } = given
  const { judgeResponse = judgeChallenge, shouldReplay = () => true } = given

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
  const features = given as Partial<Pick<ResolvedOptions, keyof typeof FEATURES | 'name' | 'fetch'>>
  for (const [option, wanted] of Object.entries(FEATURES)) {
    const value = features[option as keyof typeof FEATURES]
    if (value !== undefined && (value as typeof value | null)?.feature !== option)
      throw misuse(option, wanted, value)
  }
  const { idle, warnings = idle } = features
  if (idle && warnings && idle.afterMs <= warnings.warnMs)
    throw misuse('idle.afterMs', `longer than warnMs (${warnings.warnMs})`, idle.afterMs)
  for (const [option, hook] of Object.entries({
    judgeResponse,
    shouldReplay,
    fetch: given.fetch ?? judgeResponse,
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
  // `features` has no prototype, so an option that the caller left out is not read from `Object.prototype`.
  return Object.assign(features, {
    transport,
    origins: [...(origins as readonly string[])],
    storage,
    leadMs,
    maxWaitMs,
    warnings,
    judgeResponse,
    shouldReplay,
  })
}

function isOrigin(value: unknown): boolean {
  try {
    // A wildcard parses, and would match nothing.
    return typeof value === 'string' && /^http[^*]+$/.test(value) && new URL(value).origin === value
  } catch {
    return false
  }
}
