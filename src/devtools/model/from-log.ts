import type { LogEntry } from '../../core/notify/event-log.ts'
import { readDetail, type Entry, type Outcome } from './entry.ts'

/** What is to be noted: an entry without its id and its tab. */
export type Noted = Omit<Entry, 'id' | 'tab'>

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  started: 'good',
  extended: 'good',
  'refresh-failed': 'bad',
  ended: 'bad',
  degraded: 'bad',
  'step-up': 'bad',
}

/** Times in the log, which are of the session's clock, and how they are told: from the entry on. */
const RELATIVE = {
  accessExpiresAt: 'forMs',
  endsAt: 'endsInMs',
  retryAt: 'retryInMs',
} as const

/**
 * What an entry of the log is on the timeline. `at` is its time there, if that differs from its own: a mishap may have
 * moved the session's clock. Pure.
 */
export function fromLog(logged: LogEntry, at: number = logged.at): readonly Noted[] {
  const { event, ...rest } = logged
  const detail: Record<string, unknown> = { ...rest }
  for (const [name, told] of Object.entries(RELATIVE))
    if (typeof rest[name] === 'number') detail[told] = rest[name] - logged.at
  const told = readDetail(detail)
  const lasting = (kind: 'token' | 'warning', ms: unknown): readonly Noted[] =>
    typeof ms === 'number' && ms > 0
      ? [{ kind, at, until: at + ms, outcome: 'quiet', detail: told }]
      : []

  switch (event) {
    // The token, the warning and the request to the server tell the same.
    case 'refreshed':
      return lasting('token', told['forMs'])
    case 'expiring':
      return lasting('warning', told['endsInMs'])
    case 'refresh':
      if (told['outcome'] === 'renewed') return []
  }
  const isLogout = event === 'ended' && told['reason'] === 'logout'
  const outcome = isLogout ? 'quiet' : (OUTCOMES[event] ?? 'quiet')
  return [{ kind: 'log', at, until: at, outcome, detail: readDetail({ ...told, event }) }]
}
