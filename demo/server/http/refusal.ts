import type { Context, ErrorHandler, NotFoundHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { DatabaseUnavailable } from '../../database/database-unavailable.ts'
import type { Log } from '../log.ts'

/** An answer that is an error: `{ error, error_description }`, as in OAuth. Thrown from wherever the error is noticed. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: ContentfulStatusCode
  readonly code: string
  readonly headers: Readonly<Record<string, string>>
  /** More members of the answer's body. */
  readonly details: Readonly<Record<string, string>>

  constructor(
    status: ContentfulStatusCode,
    code: string,
    description: string,
    headers: Readonly<Record<string, string>> = {},
    details: Readonly<Record<string, string>> = {},
  ) {
    super(description)
    this.status = status
    this.code = code
    this.headers = headers
    this.details = details
  }
}

/** Turns whatever a route throws into JSON. An unexpected error is logged, and its details are not sent to the client. */
export function answerErrors(log: Log): ErrorHandler {
  return (error, c) => {
    if (error instanceof Refusal)
      return refuse(c, error.status, error.code, error.message, error.headers, error.details)
    if (error instanceof DatabaseUnavailable) {
      log({ event: 'database_unavailable', method: c.req.method, path: c.req.path })
      return refuse(c, 503, 'temporarily_unavailable', 'Please come back in a moment.', {
        'retry-after': '1',
      })
    }
    // The client went away while its body was read, or it took too long to send it. It does not hear the answer.
    if (c.req.raw.signal.aborted && 'code' in error && error.code === 'ECONNRESET')
      return refuse(c, 400, 'invalid_request', 'The body did not arrive.')
    log({
      event: 'failed',
      method: c.req.method,
      path: c.req.path,
      error: error.stack ?? error.name,
    })
    return refuse(c, 500, 'server_error', 'Something went wrong on the server.')
  }
}

export const answerNotFound: NotFoundHandler = (c) =>
  refuse(c, 404, 'not_found', 'There is nothing here.')

function refuse(
  c: Context,
  status: ContentfulStatusCode,
  error: string,
  description: string,
  headers: Readonly<Record<string, string>> = {},
  details: Readonly<Record<string, string>> = {},
) {
  return c.json({ error, error_description: description, ...details }, status, headers)
}
