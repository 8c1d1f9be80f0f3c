import type { TestServer } from './harness.ts'

/** An event stream as a browser reads it. */
export interface OpenStream {
  readonly status: number
  readonly headers: Headers
  /** All that has come so far. */
  readonly text: () => string
  /** The events among it. */
  readonly events: () => readonly StreamedEvent[]
  /** Whether the server has ended it. */
  readonly isOver: () => boolean
  /** Goes away. */
  abort(): void
}

export interface StreamedEvent {
  readonly event: string
  readonly id: string
  readonly data: unknown
}

/** Opens `/auth/events` with an access token, and reads for as long as it lasts. */
export async function openStream(
  { url }: Pick<TestServer, 'url'>,
  accessToken: string,
): Promise<OpenStream> {
  const leaving = new AbortController()
  const response = await fetch(`${url}/auth/events`, {
    headers: { authorization: `Bearer ${accessToken}` },
    signal: leaving.signal,
  })
  let text = ''
  let isOver = false
  void readAll()
  return {
    status: response.status,
    headers: response.headers,
    text: () => text,
    events: () => parse(text),
    isOver: () => isOver,
    abort: () => leaving.abort(),
  }

  async function readAll(): Promise<void> {
    try {
      for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? [])
        text += part
    } catch {
      // It was aborted, which is not its end.
      return
    }
    isOver = true
  }
}

function parse(text: string): StreamedEvent[] {
  const blocks = text.split('\n\n').map((block) => {
    const lines = block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2))
    return Object.fromEntries(lines) as Partial<Record<'event' | 'id' | 'data', string>>
  })
  return blocks.flatMap(({ event, id = '', data = '' }) =>
    event === undefined ? [] : [{ event, id, data: JSON.parse(data) as unknown }],
  )
}
