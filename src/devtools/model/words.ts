import type { Detail, Entry, Kind } from './entry.ts'
import type { Lane } from './lanes.ts'

/** How an entry is told: which tab is the reader's own, what the time is now, and how a moment is written. */
export interface Telling {
  /** The number of this tab; `null` for the day of another browser. */
  readonly here: number | null
  /** Epoch milliseconds. */
  readonly now: number
  /** `12:03:11.4` for epoch milliseconds. */
  readonly timeOf: (at: number) => string
}

/** Why a session ended, as half a sentence. The keys are those of `EndReason`. */
export const REASONS: Readonly<Record<string, string>> = {
  logout: 'the user logged out',
  idle: 'the user was not active for too long',
  'session-limit': 'it had reached its time limit',
  'refresh-rejected': 'the server refused to renew it',
  'reuse-detected': 'a spent refresh token was shown again, as a thief would',
  revoked: 'the server had ended it',
  'user-switched': 'another user signed in',
  'storage-cleared': 'the data of this site was cleared',
}

const CAUSES: Readonly<Record<string, string>> = {
  idle: 'the user does not seem to be there',
  'session-limit': 'the time limit of the session is near',
  'refresh-limit': 'the session has not been renewed for a while',
  'refresh-rejected': 'the server refuses to renew it',
}

const BEGINNINGS: Readonly<Record<string, string>> = {
  'this-tab': 'the user signed in here',
  'other-tab': 'the user signed in in another tab',
  restored: 'found the session that this browser already had',
}

const STAND_INS: Readonly<Record<string, string>> = {
  locks: 'there are no Web Locks, so tabs take turns by a lease',
  channel: 'there is no BroadcastChannel, so tabs look for news now and then',
  record: 'IndexedDB does not work',
  crypto: 'there is no crypto.subtle, so tokens are stored unencrypted',
}

const PLACES: Readonly<Record<string, string>> = {
  'local-storage': ', so the record is in localStorage',
  memory: ', so each tab has a record of its own',
}

const MISHAPS: Readonly<Record<string, string>> = {
  expire: 'from now on the API refuses the access token of this moment',
  refuse: 'the API refuses every token',
  slow: 'every answer is late',
  offline: 'no request is sent',
  clock: 'the clock was moved on',
}

const TOKENS: Readonly<Record<string, string>> = {
  'this-tab': 'renewed here',
  'other-tab': 'of another tab',
}

/** Without a duration: it is of no interest, or told by itself. */
const TIMELESS: readonly Kind[] = ['log', 'mishap', 'token', 'warning', 'tab']

/** `Tab 2`, or `Tab 2 (this one)`. */
export function nameOf(tab: number, { here }: Pick<Telling, 'here'>): string {
  return `Tab ${tab}${tab === here ? ' (this one)' : ''}`
}

/** One entry as a line: when, which tab, what, and how long it took. */
export function inWords(entry: Entry, telling: Telling): string {
  const { tab, kind, at, until, outcome } = entry
  const took = outcome === null ? ', under way' : `, ${Math.round((until ?? at) - at)} ms`
  const line = `${telling.timeOf(at)} ${nameOf(tab, telling)}: ${textOf(entry)}`
  return TIMELESS.includes(kind) ? line : `${line}${took}`
}

/** What an entry is, in a few words without its time: "GET /api/me: 200". */
export function textOf({ kind, detail, outcome }: Entry): string {
  switch (kind) {
    case 'tab':
      return outcome === null ? 'opened' : outcome === 'lost' ? 'gone without a word' : 'closed'
    case 'token':
      return `token ${TOKENS[word(detail, 'by')] ?? 'of the session'}${goodFor(detail)}`
    case 'renewal':
      return `asks the server for a new token${answerOf(detail, outcome)}`
    case 'call':
      return `${callOf(detail)}${detail['replayed'] === true ? ', sent again' : ''}${answerOf(detail, outcome)}`
    case 'lock':
      return 'holds the lock'
    case 'queue':
      return 'waits for the lock'
    case 'activity':
      return 'the user is active'
    case 'warning':
      return `warned: ${CAUSES[word(detail, 'cause')] ?? 'the session ends soon'}`
    case 'mishap':
      return mishapOf(detail)
    case 'log':
      return eventOf(detail)
    case 'state':
      return 'what the tab knows'
  }
}

/** The state of all tabs, a sentence for each. */
export function summaryOf(lanes: readonly Lane[], telling: Telling): string {
  const sentences = lanes.map((lane) => laneInWords(lane, telling))
  return [`Timeline of ${counted(lanes.length, 'tab')}.`, ...sentences].join(' ')
}

/** `no calls`, `1 call`, `3 calls`. */
export function counted(count: number, one: string): string {
  return `${count === 0 ? 'no' : count} ${one}${count === 1 ? '' : 's'}`
}

/** A duration with one unit, two below an hour: `400 ms`, `3 s`, `9 min 5 s`, `2 h`. */
export function durationOf(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600)
    return `${Math.floor(seconds / 60)} min${seconds % 60 === 0 ? '' : ` ${seconds % 60} s`}`
  const hours = Math.round(seconds / 3_600)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`
}

/** Who ended a session, or why, in the words of the log. */
export function word(detail: Detail, name: string): string {
  const value = detail[name]
  return typeof value === 'string' ? value : ''
}

function laneInWords({ tab, entries, leftAt }: Lane, telling: Telling): string {
  const { now } = telling
  const count = (wanted: Kind): number => entries.filter(({ kind }) => kind === wanted).length
  const has = (wanted: Kind): boolean =>
    entries.some(({ kind, at, until }) => kind === wanted && at <= now && (until ?? 0) > now)
  const token = leftAt !== null ? 'gone' : has('token') ? 'has a good token' : 'has no good token'
  const warned = has('warning') ? ', is warned of the end' : ''
  const last = entries.filter(({ kind }) => kind === 'log').at(-1)
  const latest = last ? `; last: ${textOf(last)}` : ''
  return `${nameOf(tab, telling)}: ${token}${warned}, ${counted(count('renewal'), 'renewal')}, ${counted(count('call'), 'call')}${latest}.`
}

function callOf(detail: Detail): string {
  return [word(detail, 'method') || 'a request', word(detail, 'path')].join(' ').trimEnd()
}

function answerOf({ status }: Detail, outcome: Entry['outcome']): string {
  if (typeof status === 'number') return `: ${status}`
  return outcome === 'lost' ? ': no answer' : outcome === 'quiet' ? ': given up' : ''
}

/** How long a token was good for when it came: another one may have replaced it since. */
function goodFor({ forMs }: Detail): string {
  return typeof forMs === 'number' ? `, good for ${durationOf(forMs)}` : ''
}

function mishapOf(detail: Detail): string {
  const what = MISHAPS[word(detail, 'mishap')] ?? 'something was made to fail'
  const ahead = typeof detail['ahead'] === 'number' ? ` by ${durationOf(detail['ahead'])}` : ''
  return `mishap${detail['on'] === false ? ' over' : ''}: ${what}${ahead}`
}

function eventOf(detail: Detail): string {
  const event = word(detail, 'event')
  switch (event) {
    case 'started':
      return BEGINNINGS[word(detail, 'initiator')] ?? 'the session began'
    case 'refreshed':
      return `has a new token, which ${detail['by'] === 'this-tab' ? 'this tab' : 'another tab'} fetched`
    case 'refresh':
      return `wanted a new token: ${word(detail, 'outcome')}, by ${word(detail, 'by').replace('-', ' ')}`
    case 'refresh-failed':
      return `no new token (${typeof detail['status'] === 'number' ? `status ${detail['status']}` : 'no answer'})`
    case 'expiring':
      return `warned: ${CAUSES[word(detail, 'cause')] ?? 'the session ends soon'}`
    case 'extended':
      return 'goes on'
    case 'ended':
      return `ended: ${whyEnded(detail)}${BY[word(detail, 'initiator')] ?? ''}`
    case 'step-up':
      return 'the API wants a stronger sign-in'
    case 'degraded':
      return `does without: ${STAND_INS[word(detail, 'missing')] ?? 'a feature of the browser'}${PLACES[word(detail, 'to')] ?? ''}`
    case 'ready':
      return `found on opening: ${word(detail, 'found').replace('-', ' ')}`
    case 'page':
      return detail['moment'] === 'online' ? 'the network is back' : 'the page is frozen or leaves'
    default:
      return event.replaceAll('-', ' ')
  }
}

const BY: Readonly<Record<string, string>> = {
  'this-tab': ', by this tab',
  'other-tab': ', by another tab',
  server: ', by the server',
}

/** Why a session ended, as half a sentence: "the user logged out". */
export function whyEnded(detail: Detail): string {
  return REASONS[word(detail, 'reason')] ?? 'for a reason of the application’s own'
}
