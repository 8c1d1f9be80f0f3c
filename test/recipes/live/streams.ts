import { expect, test } from 'vitest'
import { bearerToken, unauthorized } from '../../../src/server/verifier/index.ts'
import { cutConnection } from '../../browser/support/gate.ts'
import { until } from '../../support/patience.ts'
import type { Site } from '../server.ts'
import type { LiveRecipe } from './live-stories.ts'
import type { Switchboard } from './switchboard.ts'

const STREAM = '/api/live'

/** What recipes for server-sent events have in common. */
export const streams: Pick<LiveRecipe, 'folder' | 'serve' | 'more'> = {
  folder: import.meta.dirname,
  serve: serveStream,
  more(begin) {
    test('is connected again after the API has answered with an error', async () => {
      const { server, switchboard, connected } = await begin()
      const answers = () => server.requests.filter(({ status }) => status === 503).length
      server.answer(STREAM, 503)
      switchboard.drop()
      await until('the API has answered twice', () => answers() > 1)
      server.answer(STREAM, 200)
      await connected('alice')
      expect(server.refreshes()).toBe(0)
    })
  },
}

/** Serves server-sent events. */
function serveStream({ app }: Site, switchboard: Switchboard): void {
  app.get(STREAM, async (c) => {
    const encoder = new TextEncoder()
    let isOpen = true
    let out: ReadableStreamDefaultController<Uint8Array> | undefined
    const stop = (how: () => void): void => {
      if (isOpen) how()
      isOpen = false
    }
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (out = controller),
      cancel: () => void (isOpen = false),
    })
    const send = (text: string): void => out?.enqueue(encoder.encode(text))
    const isAdmitted = await switchboard.admit(bearerToken(c.req.raw), {
      get isOpen() {
        return isOpen
      },
      send: (text) => send(`data: ${text}\n\n`),
      expire: () => stop(() => out?.close()),
      drop: () => stop(() => cutConnection(c)),
    })
    if (!isAdmitted) return unauthorized()
    // At once, so that the client knows that the stream is open; and it is to be patient for no longer than a test is.
    send('retry: 100\n\n')
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  })
}
