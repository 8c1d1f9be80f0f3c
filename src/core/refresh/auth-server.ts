import { isSessionError, SessionError } from '../../errors.ts'
import type { Ports } from '../../ports.ts'
import { madeAtS } from '../../retry-after.ts'
import type { Tokens } from '../../tokens.ts'
import type { RefreshOutcome, Transport } from '../../transport.ts'
import { idleForMs } from '../record/presence.ts'
import type { SessionRecord, Tombstone } from '../record/record.ts'
import type { Tab } from '../session/tab.ts'
import { sleep, within } from '../time/sleep.ts'
import type { Time } from '../time/time.ts'
import type { Attempts } from './attempts.ts'

/** How long the notice of a sign-out may take while the computer is awake. */
const TIMEOUT_MS = 10_000
// For how long a page that comes back still waits for an answer to what it had sent before it left.
const RETURNED_MS = 500

/** The `cause` of a refresh that says nothing about the server: the page was away before it was sent, or answered. */
export const AWAY: Error = new Error('The page was away')

/** What a refresh came to, and the error that it rejected with. */
export type Outcome = RefreshOutcome & {
  readonly cause?: unknown
  /** When the server says that it made the last answer, in its own seconds. @default unknown */
  readonly issuedAtS?: number | undefined
}
/** A refresh that says nothing about the session. */
export type Unavailable = Extract<Outcome, { type: 'unavailable' }>

/** Whether the server itself has answered, and not with a sign of an outage. */
export function isAnswer({ status, cause }: Unavailable): boolean {
  if (status === undefined) return isSessionError(cause, 'invalid_response')
  return status < 500 && ![408, 425, 429].includes(status)
}

/** One refresh: what it spends, and how the server knows it again. */
export interface RefreshRequest {
  readonly record: SessionRecord
  /** The tokens to spend, of a transport whose refresh token script can read. */
  readonly tokens: Tokens | null
  readonly idempotencyKey: string
  /** The number of the refresh token that is spent, if it is known. */
  readonly sequence: number | null
  /** Called whenever a request is sent: the limits in its answer count from there. */
  readonly onSend: () => void
  /** For how long an answer is waited for. */
  readonly waitMs: number
}

/** A call to the server. */
interface Call<T> {
  readonly work: (basics: {
    readonly fetch: typeof fetch
    readonly signal: AbortSignal
  }) => Promise<T>
  readonly onFailure: (cause?: unknown) => T
  /** @default a fetch that outlives the page */
  readonly send?: typeof fetch
  /** For how long an answer is waited for. @default 10 seconds */
  readonly waitMs?: number
  /** How long after the page has come back its answer is given up. @default no sooner than otherwise */
  readonly returnedMs?: number | undefined
}

/** The auth server, by way of the transport: each call in bounded time, and by requests that outlive the page. */
export interface AuthServer {
  /** Asks for the next tokens. Never rejects. */
  refresh(request: RefreshRequest): Promise<Outcome>
  /** Tells the server of a sign-out; resolves to whether it has heard. Never rejects. */
  revoke(tombstone: Tombstone, tokens: Tokens | null): Promise<boolean>
  /** Why a request of this moment is refused, if it is: one that the transport makes through `authFetch` would wait for itself. */
  refusal(): SessionError | undefined
}

/** Creates the auth server of one transport. */
export function createAuthServer(deps: {
  readonly time: Time
  readonly transport: Transport
  readonly ports: Pick<Ports, 'fetch' | 'page'>
  /** The absolute form of a URL that a transport names. */
  readonly resolveEndpoint: (url: string) => string
  readonly tab: Pick<Tab, 'absences'>
  readonly attempts: Attempts
  /** Called when new tokens are asked for. */
  readonly onAsk?: (() => void) | undefined
}): AuthServer {
  const { ports, time, transport, resolveEndpoint, tab, attempts, onAsk } = deps
  const fetch: typeof globalThis.fetch = (input, init) =>
    ports.fetch(typeof input === 'string' ? resolveEndpoint(input) : input, init)
  const isCookie = transport.storage.kind === 'memory'
  let isCalling = false

  /**
   * `keepalive` lets the answer's cookies arrive after the page has gone. Over its quota of 64 kB fetch rejects: then without
   * (K1). A refresh token that is good for one use, at a server that knows no idempotency key (O1), may be spent after a
   * failure, so that request is not repeated. An answer that script has to keep is lost with its page, so the request does
   * not outlive the page either.
   */
  const lastingFetch =
    (onSend: () => void, mayRepeat = true): typeof fetch =>
    async (input, init) => {
      try {
        onSend()
        return await fetch(input, { ...init, keepalive: mayRepeat || isCookie })
      } catch (error) {
        if (!mayRepeat || (error as Partial<Error> | undefined)?.name !== 'TypeError') throw error
        onSend()
        return await fetch(input, init)
      }
    }

  /**
   * A request that was prepared, or has failed, before the page was frozen must not be sent after it: meanwhile another
   * tab may have spent the token, or the cookie jar may hold one that this key does not belong to (E2).
   */
  function unlessAway(onSend: () => void): () => void {
    const { absences } = tab
    return () => {
      if (tab.absences !== absences) throw AWAY
      onSend()
    }
  }

  async function call<T>({
    work,
    onFailure,
    send = lastingFetch(() => undefined),
    waitMs = TIMEOUT_MS,
    returnedMs,
  }: Call<T>): Promise<T> {
    try {
      isCalling = true
      const working = within(
        time,
        waitMs,
        (signal) => {
          const answer = work({ fetch: send, signal })
          if (returnedMs === undefined) return answer
          return Promise.race([answer, afterReturn(signal, returnedMs).then(() => onFailure(AWAY))])
        },
        onFailure(),
      )
      isCalling = false
      return await working
    } catch (error) {
      return onFailure(error)
    }
  }

  /** Resolves so long after the page has come back: in WebKit, a request that was in flight when it left never settles. */
  async function afterReturn(over: AbortSignal, ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      let wasAway = false
      const stop = ports.page.watch((moment) => {
        wasAway ||= moment === 'left'
        if (wasAway && moment === 'woke') resolve()
      })
      over.addEventListener('abort', stop)
    })
    await sleep(time, ms, over)
  }

  return {
    async refresh({ record, onSend, waitMs, ...spent }) {
      onAsk?.()
      const mayRepeat = attempts.mayRepeat(record)
      const send = lastingFetch(unlessAway(onSend), mayRepeat)
      let issuedAtS: number | undefined
      const outcome = await call<Outcome>({
        work: (basics) =>
          transport.refresh({
            ...basics,
            ...spent,
            sessionId: record.sid,
            idleForMs: idleForMs(record, time.sessionNow()),
          }),
        onFailure: (cause) => ({ type: 'unavailable', cause }),
        async send(input, init) {
          const response = await send(input, init)
          issuedAtS = madeAtS(response.headers) || undefined
          return response
        },
        waitMs,
        // With the same key the server gives the same answer. Otherwise the page waits as long as another tab would for it.
        returnedMs: mayRepeat ? RETURNED_MS : attempts.claimMs(record, true),
      })
      return { ...outcome, issuedAtS }
    },
    revoke: ({ sid, everywhere }, tokens) =>
      call({
        work: (basics) => transport.revoke({ ...basics, tokens, sessionId: sid, everywhere }),
        onFailure: () => false,
      }),
    refusal: () =>
      isCalling
        ? new SessionError(
            'reentrant',
            'A transport sends with context.fetch: authFetch would wait for itself',
          )
        : undefined,
  }
}
