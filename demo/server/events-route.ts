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
 * `GET /events`: a stream of server-sent events (WHATWG HTML §9.2) that says `revoked` when the session is ended by
 * anybody, and `renew` when its access token is no longer true. It closes when the access token has run out.
 *
 * What happened while nobody was connected is not sent again, and need not be: who connects shows an access token, and one
 * that has missed something is refused.
 */
export function eventsRoute({ accessTokens, eventStreams }: EventsDependencies): Hono<BearerEnv> {
  const routes = new Hono<BearerEnv>()
  routes.get('/events', bearerGuard(accessTokens), (c) => {
    const { claims } = c.var
    // Nobody would read the stream, nor ever leave it.
    if (c.req.method === 'HEAD') return c.body(null)
    eventStreams.admit(claims.sub)
    const answer = streamSSE(c, async (stream) => {
      // Written whole, and in the same turn: an end that comes right behind an event must not overtake it.
      const write = (text: string): void => void stream.write(`${text}\n\n`)
      write(`retry: ${COME_BACK_MS}`)
      // The token was looked at in this turn of the event loop, so no news can have come in between.
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
    // Proxies such as nginx would keep the events to themselves until they have enough of them.
    answer.headers.set('x-accel-buffering', 'no')
    return answer
  })
  return routes
}
