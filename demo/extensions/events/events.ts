import { streamSSE } from 'hono/streaming'
import { bearerGuard } from '../../server/http/bearer-guard.ts'
import type { Extension } from '../../server/extension.ts'
import type { EventStreams } from './event-streams.ts'

const COME_BACK_MS = 2_000

/**
 * `GET /auth/events`: a stream of server-sent events (WHATWG HTML §9.2). It sends `revoked` when the session has ended,
 * and `renew` when the claims of its access token are outdated. It closes when the access token expires.
 *
 * Events that a client missed while it was not connected are not sent again. That is not needed: a client connects with
 * an access token, and one that is affected by a missed event is refused.
 */
export function events(eventStreams: EventStreams): Extension {
  return {
    routes(app, { verify }) {
      app.get('/auth/events', bearerGuard(verify), (c) => {
        const { claims } = c.var
        // A HEAD request would open a stream that is never read and never closed.
        if (c.req.method === 'HEAD') return c.body(null)
        eventStreams.admit(claims.sub)
        const answer = streamSSE(c, async (stream) => {
          // Written whole and synchronously, so that closing the stream right after an event does not overtake it.
          const write = (text: string): void => void stream.write(`${text}\n\n`)
          write(`retry: ${COME_BACK_MS}`)
          // The token was verified in the same turn of the event loop, so no news was missed in between.
          await new Promise<void>((resolve) => {
            const leave = eventStreams.add({
              claims,
              send: ({ event, id, data }) => write(`event: ${event}\nid: ${id}\ndata: ${data}`),
              sendPulse: () => write(':'),
              end: resolve,
            })
            stream.onAbort(() => {
              leave()
              resolve()
            })
          })
        })
        // Proxies such as nginx would buffer the events.
        answer.headers.set('x-accel-buffering', 'no')
        return answer
      })
    },
  }
}
