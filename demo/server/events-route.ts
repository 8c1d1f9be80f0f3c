import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { AccessTokens } from './access-tokens.ts'
import { bearerGuard, type BearerEnv } from './bearer-guard.ts'
import type { EventStreams } from './event-streams.ts'

interface EventsDependencies {
  readonly accessTokens: Pick<AccessTokens, 'verify'>
  readonly eventStreams: EventStreams
}

const COME_BACK_MS = 2_000

/**
 * `GET /events`: a stream of server-sent events (WHATWG HTML §9.2). It sends `revoked` when the session has ended, and
 * `renew` when the claims of its access token are outdated. It closes when the access token expires.
 *
 * Events that a client missed while it was not connected are not sent again. That is not needed: a client connects with
 * an access token, and one that is affected by a missed event is refused.
 */
export function eventsRoute({ accessTokens, eventStreams }: EventsDependencies): Hono<BearerEnv> {
  const routes = new Hono<BearerEnv>()
  routes.get('/events', bearerGuard(accessTokens), (c) => {
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
  return routes
}
