/**
 * The database does not answer at the moment: it is restarting, overloaded, or gave up waiting for a lock. It is not
 * known whether the statement took effect. So a client that repeats a request needs a way to tell; a refresh has its
 * `Idempotency-Key`.
 */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
}

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT', // errors of the socket
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])

/** SQLSTATEs, and classes of them, that are temporary. PostgreSQL, appendix A. */
const PASSING = [
  '08', // connection exceptions
  '53', // out of connections, of memory, of disk
  '57P', // shut down by an administrator, crashed, starting up
  '25P03', // a transaction was idle for too long
  '40P01', // a deadlock was broken
  '55P03', // a lock was not granted in time
]

/** Messages of the driver that come without a code. */
const WORDS =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/

/** Tells failures of the connection apart from failures of a statement, which are bugs. */
export function asUnavailable(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const passes =
    NETWORK.has(code) ||
    PASSING.some((prefix) => code.startsWith(prefix)) ||
    WORDS.test(error.message)
  return passes ? new DatabaseUnavailable(error.message, { cause: error }) : error
}
