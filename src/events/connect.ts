import { abortable } from '../core/time/abortable.ts'
import { createDeadline } from '../core/time/deadline.ts'
import type { Clock } from '../ports.ts'
import { retryAfterMs } from '../retry-after.ts'
import { createEventParser, type Block } from './event-parser.ts'

const NO_CONTENT = 204

/** How a connection has ended. */
export interface Ending {
  /** The server wants no other one in this session (HTML standard §9.2.5). */
  readonly isOver: boolean
  /** Whether anything has come: what answers otherwise is an outage, not an end. */
  readonly wasHeard: boolean
  /** When the server wants the next one: after this one has ended, or been refused. */
  readonly retryMs: number | undefined
  readonly retryAfterMs: number | undefined
}

/** What a connection is made of. */
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
 * Connects, and hands each block to `onBlock`, one after the other, until the stream ends, is silent for longer than
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
  const listen = (): void => silence.set(clock.now() + silenceMs)

  async function read(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.getReader()
    try {
      for (;;) {
        const { done, value } = await abortable(reader.read(), connection.signal)
        if (done) return
        wasHeard = true
        listen()
        for (const block of parser.push(value)) {
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
    response = await fetch(url, {
      headers: {
        accept: 'text/event-stream',
        ...(lastEventId !== '' && { 'last-event-id': bytesOf(lastEventId) }),
      },
      cache: 'no-store',
      signal: connection.signal,
    })
    if (isEventStream(response) && response.body) await read(response.body)
  } catch {
    // Cut off, or not to be had: the next one will do better.
  } finally {
    signal.removeEventListener('abort', close)
    silence.set(null)
    // Whatever is still on its way, the body of an error page included.
    close()
  }
  return {
    isOver: response?.status === NO_CONTENT,
    wasHeard,
    retryMs: parser.retryMs,
    retryAfterMs: response && retryAfterMs(response),
  }
}

/** A header is made of bytes, one a character; in this one they are UTF-8 (HTML standard §9.2.4). */
function bytesOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')
}
