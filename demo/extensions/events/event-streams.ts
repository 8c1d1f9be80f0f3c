import type { AccessClaims } from '../../server/access-tokens.ts'
import type { Config } from '../../config.ts'
import { Refusal } from '../../server/http/refusal.ts'
import type { Revocations } from '../revocations/revocations.ts'
import type { SessionNews } from '../revocations/session-news.ts'

/** One open connection on which a browser waits for events of its session. */
export interface EventStream {
  readonly claims: Pick<AccessClaims, 'sub' | 'sid' | 'exp'>
  send(event: StreamEvent): void
  /** Sends an empty comment, so that no proxy takes the connection for dead. */
  sendPulse(): void
  end(): void
}

export interface StreamEvent {
  /** `revoked`: the session is over. `renew`: the claims in its access token are outdated. */
  readonly event: 'revoked' | 'renew'
  readonly id: string
  readonly data: string
}

/**
 * The open connections of this instance. All instances hear the same news, so a browser may be connected to any of
 * them.
 */
export interface EventStreams {
  /** Throws a `Refusal` if the account has too many, or if the server is closing. */
  admit(account: string): void
  /** Keeps a stream until its session ends, its access token runs out, or the function returned is called. */
  add(stream: EventStream): () => void
  readonly size: number
  /** Ends all streams, and admits no more. */
  close(): void
}

const PULSE_MS = 15_000
// Node.js runs a longer timer after one millisecond. A client that listens for so many days reconnects.
const LONGEST_TIMER_MS = 2 ** 31 - 1

export function createEventStreams(
  revocations: Pick<Revocations, 'subscribe'>,
  { streamsPerAccount }: Pick<Config, 'streamsPerAccount'>,
): EventStreams {
  const ofAccount = new Map<string, Set<EventStream>>()
  const ends = new Map<EventStream, () => void>()
  let isClosed = false
  const stop = revocations.subscribe(tell)
  const pulse = setInterval(() => {
    for (const stream of ends.keys()) stream.sendPulse()
  }, PULSE_MS).unref()

  return {
    admit(account) {
      const later = (status: 429 | 503, code: string, description: string, seconds: number) =>
        new Refusal(status, code, description, { 'retry-after': String(seconds) })
      if (isClosed) throw later(503, 'temporarily_unavailable', 'This server is closing.', 1)
      if ((ofAccount.get(account)?.size ?? 0) >= streamsPerAccount)
        throw later(429, 'too_many_streams', 'This account has too many open connections.', 60)
    },

    add(stream) {
      const { sub, exp } = stream.claims
      const others = ofAccount.get(sub) ?? new Set()
      ofAccount.set(sub, others.add(stream))
      // The browser reconnects with a fresh token if it has one.
      const leftMs = Math.min(exp * 1000 - Date.now(), LONGEST_TIMER_MS)
      const timer = setTimeout(() => ends.get(stream)?.(), leftMs).unref()
      ends.set(stream, () => {
        forget()
        stream.end()
      })
      return forget

      function forget(): void {
        clearTimeout(timer)
        ends.delete(stream)
        others.delete(stream)
        if (others.size === 0 && ofAccount.get(sub) === others) ofAccount.delete(sub)
      }
    },

    get size() {
      return ends.size
    },

    close() {
      isClosed = true
      stop()
      clearInterval(pulse)
      for (const end of ends.values()) end()
    },
  }

  function tell(news: SessionNews): void {
    for (const stream of [...(ofAccount.get(news.account) ?? [])]) {
      if (news.what === 'changed')
        stream.send({ event: 'renew', id: String(news.atUs), data: '{}' })
      else if (news.sid === stream.claims.sid) {
        const id = String(Math.round(news.atMs * 1000))
        stream.send({ event: 'revoked', id, data: JSON.stringify({ reason: news.reason }) })
        ends.get(stream)?.()
      }
    }
  }
}
