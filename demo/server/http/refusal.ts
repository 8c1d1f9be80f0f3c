import type { ErrorHandler, NotFoundHandler } from 'hono'
import { Refusal, refuse } from '../../../src/server/http/refusal.ts'
import { DatabaseUnavailable } from '../../database/database-unavailable.ts'
import type { Log } from '../log.ts'

// The same as the kit's, so that every answer that is an error looks alike.
export { Refusal }

/** Turns whatever a route throws into JSON. An unexpected error is logged, and its details are not sent to the client. */
export function answerErrors(log: Log): ErrorHandler {
  return (error, c) => {
    if (error instanceof Refusal) return refuse(error)
    if (error instanceof DatabaseUnavailable) {
      log({ event: 'database_unavailable', method: c.req.method, path: c.req.path })
      return refuse(
        new Refusal(503, 'temporarily_unavailable', 'Please come back in a moment.', {
          'retry-after': '1',
        }),
      )
    }
    // The client went away while its body was read, or it took too long to send it. It does not hear the answer.
    if (c.req.raw.signal.aborted && 'code' in error && error.code === 'ECONNRESET')
      return refuse(new Refusal(400, 'invalid_request', 'The body did not arrive.'))
    log({
      event: 'failed',
      method: c.req.method,
      path: c.req.path,
      error: error.stack ?? error.name,
    })
    return refuse(new Refusal(500, 'server_error', 'Something went wrong on the server.'))
  }
}

export const answerNotFound: NotFoundHandler = () =>
  refuse(new Refusal(404, 'not_found', 'There is nothing here.'))
