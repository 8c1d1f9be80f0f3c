import { isHTTPError, isNetworkError, isTimeoutError } from 'ky'
import { isSessionError, type EndReason, type ExpiryCause, type SessionEnd } from 'latchkey'

const REASONS: Readonly<Record<EndReason, string>> = {
  logout: 'you logged out',
  idle: 'nobody was there for too long',
  'session-limit': 'it reached its time limit',
  'refresh-rejected': 'the server would not renew it',
  'reuse-detected': 'a spent refresh token was shown again, as a thief would',
  revoked: 'it was ended elsewhere',
  'user-switched': 'another user signed in',
  'storage-cleared': "this browser's data was cleared",
}

const CAUSES: Readonly<Record<ExpiryCause, string>> = {
  idle: 'nobody seems to be there',
  'session-limit': 'its time is up soon',
  'refresh-limit': 'it has not been renewed for a while',
  'refresh-rejected': 'the server will not renew it',
}

const INITIATORS: Readonly<Record<SessionEnd['initiator'], string>> = {
  'this-tab': 'in this tab',
  'other-tab': 'in another tab',
  server: 'at the server',
}

/** Why a session ended, as half a sentence: "you logged out". */
export function whyEnded({ reason }: SessionEnd): string {
  return REASONS[reason]
}

/** Why a session is about to end, as half a sentence: "its time is up soon". */
export function whyExpiring(cause: ExpiryCause): string {
  return CAUSES[cause]
}

/** Where that happened: "in another tab". */
export function whereEnded({ initiator }: SessionEnd): string {
  return INITIATORS[initiator]
}

/** What went wrong, for the user of the page. */
export function whatFailed(error: unknown): string {
  if (isSessionError(error)) return `${error.message} (${error.code}).`
  if (isHTTPError<{ readonly error_description?: string }>(error)) {
    const { data, response } = error
    const described = typeof data === 'object' ? data.error_description : undefined
    return described ?? `The server answered ${response.status}.`
  }
  if (isNetworkError(error)) return 'The server cannot be reached.'
  if (isTimeoutError(error)) return 'The server did not answer in time.'
  return error instanceof Error ? error.message : 'Something went wrong.'
}

const clock = new Intl.DateTimeFormat([], {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 1,
  hourCycle: 'h23',
})

/** A time of today, to a tenth of a second: users compare events of several tabs. */
export function timeOfDay(at: number): string {
  return clock.format(at)
}

/** A duration with at most two units: `9:05 min`, `3 s`, `7 days`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const pad = (value: number): string => String(value).padStart(2, '0')
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${pad(seconds % 60)} min`
  if (seconds < 2 * 86_400)
    return `${Math.floor(seconds / 3600)}:${pad(Math.floor(seconds / 60) % 60)} h`
  return `${Math.floor(seconds / 86_400)} days`
}

const dayClock = new Intl.DateTimeFormat([], { dateStyle: 'medium', timeStyle: 'short' })

/** A date and time, to the minute. */
export function dayAndTime(at: string): string {
  return dayClock.format(Date.parse(at))
}

/** `no tabs`, `1 tab`, `3 tabs`. */
export function counted(count: number, one: string, many: string): string {
  return `${count === 0 ? 'no' : count} ${count === 1 ? one : many}`
}
