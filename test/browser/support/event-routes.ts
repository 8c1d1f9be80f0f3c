import type { Hono } from 'hono'
import { openStream, type EventStream } from '../../support/event-server.ts'
import { until } from '../../support/patience.ts'

/** An event stream that a tab has opened. */
export interface TabStream extends EventStream {
  readonly tab: string
  /** When, by `performance.now()`. */
  readonly openedAt: number
}

/** Event streams of a real server, for whoever shows it a good access token. */
export interface EventRoutes {
  readonly url: string
  readonly streams: readonly TabStream[]
  /** Adds them to a server. */
  readonly routes: (app: Hono) => void
  /** The one that is open. Waits until there is exactly one, and it is none of `others`. */
  only(...others: readonly TabStream[]): Promise<TabStream>
}

/** Below `/api`, where the server looks at the token first. */
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
        // Members that are getters stay so.
        streams.push(Object.assign(Object.create(stream) as EventStream, { tab, openedAt }))
        stream.write('retry: 100\n\n')
        return c.body(body, 200, { 'content-type': 'text/event-stream' })
      })
    },
    async only(...others) {
      let found: TabStream | undefined
      await until('one tab has the stream', () => {
        const [first, ...more] = open()
        found = more.length === 0 && first && !others.includes(first) ? first : undefined
        return found !== undefined
      })
      if (!found) throw new Error('There is none')
      return found
    },
  }
}
