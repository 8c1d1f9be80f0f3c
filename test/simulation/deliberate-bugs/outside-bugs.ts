import { bug, type Bug } from './bug.ts'

/** Mistakes with what is around a session: other transports and servers, events, records that something else has written. */
export const OUTSIDE_BUGS: readonly Bug[] = [
  bug(
    'a token that another tab hands over has lost its type',
    'core/shared/siblings.ts',
    '...tokens, refreshToken: undefined',
    '...tokens, tokenType: undefined, refreshToken: undefined',
  ),
  bug(
    'the refresh token is handed over as well',
    'core/shared/siblings.ts',
    '...tokens, refreshToken: undefined',
    '...tokens',
  ),
  bug(
    'every server is taken for one that knows keys',
    'core/refresh/attempts.ts',
    'idempotent ?? seq !== null',
    'idempotent ?? true',
  ),
  bug(
    'the answer to a tab that has gone is not waited for',
    'core/refresh/attempts.ts',
    'return GONE_MS + Math.max(answerMs, Math.min(2 * answerMs, UNKNOWN_GONE_MS - GONE_MS))',
    'return 0',
  ),
  bug(
    'a renewal whose answer only its page can keep outlives it',
    'core/refresh/auth-server.ts',
    'keepalive: mayRepeat || isCookie',
    'keepalive: true',
  ),
  bug(
    'a server that failed at a logout is not told again',
    'core/session/sign-out-notice.ts',
    'next.set(isPostponed(record, now) ? retryAt - now : seenAt + TELL_AGAIN_MS - time.sessionNow())',
    'next.set(Infinity)',
  ),
  bug(
    'each tab has a stream of events of its own',
    'events/follow-server-events.ts',
    'if (siblings.isAlone) locks = null',
    'locks = null',
  ),
  bug(
    'a refusal of a browser in which nobody is signed in is not written down',
    'core/refresh/exchange.ts',
    'if (!isSameGeneration(current, record)) return undefined\n        if (lingers)',
    "if (!isSameGeneration(current, record) || current.status === 'unknown') return undefined\n        if (lingers)",
  ),
  bug(
    'an epoch that cannot grow is believed',
    'core/record/parse-record.ts',
    'isNumber(value) && Math.abs(value as number) <= LARGEST',
    'isNumber(value)',
  ),
  bug(
    'a login leaves the record of a newer release as it is',
    'core/session/login.ts',
    'replacesNewer: true',
    'replacesNewer: false',
  ),
  bug(
    'a record of a newer release is written over',
    'core/shared/shared-record.ts',
    'const mayWrite = replacesNewer || !found || !isNewer(current)',
    'const mayWrite = true',
  ),
  bug(
    'a login without an answer begins a session where tokens come in bodies',
    'core/session/login.ts',
    'answer === undefined && mayLackAnswer ?',
    'answer === undefined ?',
  ),
]
