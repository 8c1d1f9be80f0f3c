import { SessionError } from '../../errors.ts'
import type { SessionRecord } from '../record/record.ts'

/** The current session, as requests made for it see it. */
export interface Scope {
  /** Aborts when that session is over, so that no late answer reaches the next session's page. */
  readonly signal: AbortSignal
  /** That session is over, and `next` has taken its place. */
  end(next: SessionRecord | null): void
}

/** Creates the scope of one tab. */
export function createScope(): Scope {
  let controller = new AbortController()
  // Data, not an accessor: each request reads it.
  const scope: { -readonly [Field in keyof Scope]: Scope[Field] } = {
    signal: controller.signal,
    end(next) {
      const over = controller
      controller = new AbortController()
      scope.signal = controller.signal
      over.abort(sessionOver(next))
    },
  }
  return scope
}

/** The error of a request whose session is no longer the current one. */
export function sessionOver(now: SessionRecord | null): SessionError {
  return now && now.status !== 'logged-out'
    ? new SessionError('session_changed', 'Another session has begun since this request was made')
    : new SessionError('session_ended', 'The session this request was made for is over', {
        reason: now?.end?.reason,
      })
}
