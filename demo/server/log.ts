/** One log entry. It never holds a token, a cookie, a password or a key. */
export interface LogEntry {
  readonly event: string
  readonly [detail: string]: string | number | boolean | null
}

export type Log = (entry: LogEntry) => void

/** Writes each entry as one line of JSON to standard output. */
export function logToStdout(entry: LogEntry): void {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`)
}

/** Enough of a `sid` to tell sessions apart in a log. */
export function shortSid(sid: string | undefined): string | null {
  return sid?.slice(0, 8) ?? null
}
