import type { Script, VirtualNetwork } from '../../src/testing/virtual-network.ts'

/** An open event stream. */
export interface EventStream {
  /** The access token with which it was opened. */
  readonly token: string
  readonly headers: Headers
  readonly isOpen: boolean
  /** Sends `data` as an event of this type. */
  send(data: string, fields?: { readonly type?: string; readonly id?: string }): void
  /** Sends this text unchanged. */
  write(text: string): void
  /** Ends it, as servers do when the access token expires. */
  end(): void
  /** Breaks the connection. */
  cut(): void
}

/** The event streams of a virtual server at `/auth/events`. */
export interface EventServer {
  /** All that were opened, in order. */
  readonly streams: readonly EventStream[]
  /** Those that are open now. */
  readonly open: readonly EventStream[]
  /** The newest. Throws if there is none. */
  readonly last: EventStream
  /** How often a stream was asked for. */
  readonly asked: number
  /** What the server answers instead, until it is `null` again. */
  answer: (() => Response) | null
}

export const EVENTS = '/auth/events'

/** Opens a stream for every request to `path` with a valid access token. */
export function createEventServer(
  network: Pick<VirtualNetwork, 'next'>,
  path = EVENTS,
): EventServer {
  const streams: EventStream[] = []
  let asked = 0
  const server: EventServer = {
    streams,
    get open() {
      return streams.filter(({ isOpen }) => isOpen)
    },
    get last() {
      const last = streams.at(-1)
      if (!last) throw new Error('No stream was opened')
      return last
    },
    get asked() {
      return asked
    },
    answer: null,
  }

  const script: Script = ({ headers }, handle) => {
    asked++
    network.next(path, script)
    if (server.answer) return server.answer()
    const judged = handle()
    if (judged.status !== 200) return judged
    const [stream, body] = openStream(headers)
    streams.push(stream)
    return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } })
  }
  network.next(path, script)
  return server
}

/** Opens a stream for a request with these headers: the stream, and the body that carries it. */
export function openStream(headers: Headers): [EventStream, ReadableStream<Uint8Array>] {
  const encoder = new TextEncoder()
  let isOpen = true
  let out: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => void (out = controller),
    cancel: () => void (isOpen = false),
  })
  const stop = (how: () => void): void => {
    if (isOpen) how()
    isOpen = false
  }
  const write = (text: string): void => {
    if (isOpen) out?.enqueue(encoder.encode(text))
  }
  const stream: EventStream = {
    token: headers.get('authorization')?.replace('Bearer ', '') ?? '',
    headers,
    get isOpen() {
      return isOpen
    },
    send(data, { type, id } = {}) {
      const fields = { event: type, id, data }
      const lines = Object.entries(fields).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name}: ${value}\n`],
      )
      write(`${lines.join('')}\n`)
    },
    write,
    end: () => stop(() => out?.close()),
    cut: () => stop(() => out?.error(new TypeError('network error'))),
  }
  return [stream, body]
}
