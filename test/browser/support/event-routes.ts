import type { Hono } from 'hono'
import { openStream, type EventStream } from '../../support/event-server.ts'
import { until } from '../../support/patience.ts'

/** An event stream that a tab has opened. */
export interface TabStream extends EventStream {
  readonly tab: string
  /** When it was opened, by `performance.now()`. */
  readonly openedAt: number
}

/** Event streams of a real server, for requests with a valid access token. */
export interface EventRoutes {
  readonly url: string
  readonly streams: readonly TabStream[]
  /** Adds them to a server. */
  readonly routes: (app: Hono) => void
  /** Waits until exactly one stream is open that is not in `others`. Resolves to that stream. */
  only(...others: readonly TabStream[]): Promise<TabStream>
}

/** Creates streams below `/api`, where the server checks the token first. */
export function createEventRoutes(): EventRoutes {
  const url = '/api/events'
  const streams: TabStream[] = []
  const open = (): TabStream[] => streams.filter(({ isOpen }) => isOpen)

  return {
    url,
    streams,
    routes(app) {
      app.get(url, (c) => {
        const { headers } = c.req.raw
        const [stream, body] = openStream(headers)
        const tab = new URL(headers.get('referer') ?? '').searchParams.get('tab') ?? ''
        const openedAt = performance.now()
        // A prototype, because a copy would not keep the getters.
        streams.push(Object.assign(Object.create(stream) as EventStream, { tab, openedAt }))
        stream.write('retry: 100\n\n')
        return c.body(body, 200, { 'content-type': 'text/event-stream' })
      })
    },
    async only(...others) {
      let found: TabStream | undefined
      await until('one tab has opened a stream', () => {
        const [first, ...more] = open()
        found = more.length === 0 && first && !others.includes(first) ? first : undefined
        return found !== undefined
      })
      if (!found) throw new Error('No stream is open')
      return found
    },
  }
}
