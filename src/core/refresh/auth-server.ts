import { SessionError } from '../../errors.ts'
import type { Clock } from '../../ports.ts'
import { finallyExpiring, type Tokens } from '../../tokens.ts'
import type { RefreshOutcome, Transport } from '../../transport.ts'
import { idleForMs } from '../record/presence.ts'
import type { SessionRecord, Tombstone } from '../record/record.ts'
import type { SessionClock } from '../time/session-clock.ts'
import { within } from '../time/sleep.ts'
import type { Tab } from '../session/tab.ts'

const TIMEOUT_MS = 10_000

/** Carries what the session has to say to the auth server, in time limits and on requests that outlive the page. */
export interface Courier {
  refresh(
    record: SessionRecord,
    tokens: Tokens | null,
    idempotencyKey: string,
    sequence: number | null,
    /** Called whenever a request goes out: what its answer says is counted from there. */
    onSend: () => void,
  ): Promise<RefreshOutcome & { readonly cause?: unknown }>
  /** Tells the server of a sign-out; whether it has heard. Never rejects. */
  revoke(tombstone: Tombstone, tokens: Tokens | null): Promise<boolean>
  /** Whether the transport is being called this very moment: a request made from there would wait for itself. */
  isCalling(): boolean
}

/** Creates the courier of one transport. */
export function createCourier(
  clock: Clock,
  sessionClock: SessionClock,
  transport: Transport,
  fetch: typeof globalThis.fetch,
  tab: Pick<Tab, 'absences'>,
): Courier {
  let calling = false

  /** `keepalive` lets the answer's cookies arrive after the page has gone. Over its 64 kB quota fetch refuses it: then without (K1). */
  const lastingFetch =
    (onSend: () => void): typeof fetch =>
    async (input, init) => {
      try {
        onSend()
        return await fetch(input, { ...init, keepalive: true })
      } catch (error) {
        if (!(error instanceof TypeError)) throw error
        onSend()
        return await fetch(input, init)
      }
    }

  /**
   * For a token that is good for one use, by a server that knows no key (O1): whatever went wrong, it may be spent. And
   * where its answer is for script to keep, there is nobody left to once the page has gone: what has not been sent then
   * had better not be.
   */
  const fetchOnce =
    (onSend: () => void): typeof fetch =>
    async (input, init) => {
      onSend()
      return await fetch(input, { ...init, keepalive: transport.storage.kind === 'memory' })
    }

  /**
   * Before a refresh goes out. What was prepared, or has failed, before the page was away must not go out after it:
   * another tab may have spent the token, or the cookie jar have one that this key is not for (E2).
   */
  function checkpoint(onSend: () => void): () => void {
    const { absences } = tab
    return () => {
      if (tab.absences !== absences) throw new Error('The page was away before this was sent')
      onSend()
    }
  }

  async function call<T>(
    work: (basics: { readonly fetch: typeof fetch; readonly signal: AbortSignal }) => Promise<T>,
    onFailure: (cause?: unknown) => T,
    send = lastingFetch(() => undefined),
  ): Promise<T> {
    const timeout = new AbortController()
    try {
      calling = true
      const working = work({ fetch: send, signal: timeout.signal })
      calling = false
      return await within(clock, TIMEOUT_MS, working, onFailure())
    } catch (error) {
      return onFailure(error)
    } finally {
      calling = false
      timeout.abort()
    }
  }

  return {
    refresh: (record, tokens, idempotencyKey, sequence, onSend) =>
      call<RefreshOutcome & { readonly cause?: unknown }>(
        async (basics) => {
          const outcome = await transport.refresh({
            ...basics,
            tokens,
            sessionId: record.sid,
            sequence,
            idempotencyKey,
            idleForMs: idleForMs(record, sessionClock.now()),
          })
          return outcome.type === 'refreshed' && transport.expiredIsFinal
            ? { ...outcome, tokens: finallyExpiring(outcome.tokens) }
            : outcome
        },
        (cause) => ({ type: 'unavailable', cause }),
        (transport.idempotent === false ? fetchOnce : lastingFetch)(checkpoint(onSend)),
      ),
    revoke: ({ sid, everywhere }, tokens) =>
      call(
        (basics) => transport.revoke({ ...basics, tokens, sessionId: sid, everywhere }),
        () => false,
      ),
    isCalling: () => calling,
  }
}

/** What a transport hears that sends through `authFetch`. */
export function reentrant(): SessionError {
  return new SessionError(
    'reentrant',
    'A transport sends with context.fetch: authFetch would wait for itself',
  )
}
