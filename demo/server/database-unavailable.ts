/**
 * The database cannot be asked just now: it is being restarted, it is overloaded, or it gave up a lock. Whether what was
 * asked for has happened is not known, so whoever repeats it needs a way to tell: a refresh has its `Idempotency-Key`.
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
  'ENOENT', // its socket
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])

/** SQLSTATEs, and classes of them, that pass by themselves. PostgreSQL, appendix A. */
const PASSING = [
  '08', // connection exceptions
  '53', // out of connections, of memory, of disk
  '57P', // shut down by an administrator, crashed, starting up
  '25P03', // a transaction was idle for too long
  '40P01', // a deadlock was broken
  '55P03', // a lock was not to be had in time
]

/** What the driver says without a code. */
const WORDS =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/

/** Tells failures of the connection from those of a statement, which are bugs. */
export function asUnavailable(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const passes =
    NETWORK.has(code) ||
    PASSING.some((prefix) => code.startsWith(prefix)) ||
    WORDS.test(error.message)
  return passes ? new DatabaseUnavailable(error.message, { cause: error }) : error
}
