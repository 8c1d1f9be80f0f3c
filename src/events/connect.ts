import { abortable } from '../core/time/abortable.ts'
import { createDeadline } from '../core/time/deadline.ts'
import type { Clock } from '../ports.ts'
import { retryAfterMs } from '../retry-after.ts'
import { createEventParser, type Block } from './event-parser.ts'

const NO_CONTENT = 204
// A server that has sent this much without an event sends no event stream, but one endless line or blank lines.
const MOST_BYTES = 1_000_000

/** How a connection ended. */
export interface Ending {
  /** The server wants no further connection in this session (HTML standard §9.2.5). */
  readonly isOver: boolean
  /** Whether anything was received. If not, it was an outage rather than an end. */
  readonly wasHeard: boolean
  /** The pause that the server wants after this connection ended, or was refused. */
  readonly retryMs: number | undefined
  readonly retryAfterMs: number | undefined
}

/** What a connection works with. */
export interface ConnectDeps {
  readonly clock: Clock
  readonly fetch: typeof fetch
  readonly url: string
  readonly silenceMs: number
}

/** Whether an answer is an event stream. */
export function isEventStream({ status, headers }: Response): boolean {
  return status === 200 && /^text\/event-stream *(;|$)/i.test(headers.get('content-type') ?? '')
}

/**
 * Connects, and gives each block to `onBlock`, one after the other, until the stream ends, is silent for longer than
 * `silenceMs`, or `signal` aborts. Never rejects.
 */
export async function connect(
  { clock, fetch, url, silenceMs }: ConnectDeps,
  lastEventId: string,
  onBlock: (block: Block) => Promise<void> | void,
  signal: AbortSignal,
): Promise<Ending> {
  const connection = new AbortController()
  const close = (): void => connection.abort()
  const silence = createDeadline(clock, close)
  const parser = createEventParser()
  let response: Response | undefined
  let wasHeard = false
  const listen = (): void => silence.set(silenceMs)

  async function read(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.getReader()
    let unusedBytes = 0
    try {
      for (;;) {
        const { done, value } = await abortable(reader.read(), connection.signal)
        if (done) return
        const blocks = parser.push(value)
        unusedBytes = blocks.length > 0 ? 0 : unusedBytes + value.byteLength
        wasHeard = unusedBytes < MOST_BYTES
        if (!wasHeard) return
        listen()
        for (const block of blocks) {
          if (!connection.signal.aborted) await onBlock(block)
        }
      }
    } finally {
      reader.cancel().catch(() => undefined)
    }
  }

  signal.addEventListener('abort', close)
  if (signal.aborted) close()
  listen()
  try {
    // Never waits for the next sign-in: that session opens a stream of its own.
    const init: RequestInit & { readonly park: false } = {
      headers: {
        accept: 'text/event-stream',
        ...(lastEventId !== '' && { 'last-event-id': bytesOf(lastEventId) }),
      },
      cache: 'no-store',
      signal: connection.signal,
      park: false,
    }
    response = await fetch(url, init)
    if (isEventStream(response) && response.body) await read(response.body)
  } catch {
    // Cut off, or refused: the next connection may succeed.
  } finally {
    signal.removeEventListener('abort', close)
    silence.set(Infinity)
    // Also stops what still arrives, such as the body of an error page.
    close()
  }
  return {
    isOver: response?.status === NO_CONTENT,
    wasHeard,
    retryMs: parser.retryMs,
    retryAfterMs: response && retryAfterMs(response),
  }
}

/** A header value has one byte per character; in this header the bytes are UTF-8 (HTML standard §9.2.4). */
function bytesOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')
}
