import { bearerToken, unauthorized } from '../../../src/server/verifier/index.ts'
import { cutConnection } from '../../browser/support/gate.ts'
import type { Site } from '../server.ts'
import type { LiveRecipe } from './live-stories.ts'
import type { Switchboard } from './switchboard.ts'

/** What recipes for server-sent events have in common. */
export const streams: Pick<LiveRecipe, 'folder' | 'serve'> = {
  folder: import.meta.dirname,
  serve: serveStream,
}

/** Serves server-sent events. */
function serveStream({ app }: Site, switchboard: Switchboard): void {
  app.get('/api/live', async (c) => {
    if (switchboard.turnsAway()) return c.text('Busy', 503)
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
    send('retry: 10\n\n')
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  })
}
