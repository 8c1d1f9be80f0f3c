import type { SessionEnd } from '../../../src/index.ts'
import { NAMELESS } from '../moves/session.ts'
import { has, type Invariant } from './invariant.ts'

// When a session ends, and why.

const ON_ITS_WAY_MS = 5_000

/** I4 */
export const aSessionThatNobodyEndsLives: Invariant = ({ browser, promised, record }) => {
  if (!promised) return undefined
  if (!browser.server.isAlive(promised.sid)) return `${promised.sid} is over at the server`
  return record?.status === 'logged-out' && record.end
    ? `the record says that the session has ended: ${record.end.reason}`
    : undefined
}

const EXCUSES: Readonly<Record<SessionEnd['reason'], RegExp>> = {
  logout: /^logout/,
  'user-switched': /^(login|storage-cleared)/,
  'session-limit': /^session-limit/,
  idle: /^idle/,
  'refresh-rejected': /^(verdict|login|logout|storage-cleared)/,
  revoked: /^(verdict|login|logout)/,
  'reuse-detected': /^storage-cleared/,
  'storage-cleared': /^storage-cleared/,
}

/** I4 */
export const everyEndHasItsReason: Invariant = ({ excuses, troubles }, { heard }) => {
  // What some script has written may name any limit.
  if (troubles.has('strange record')) return undefined
  for (const { name, payload } of heard) {
    if (name !== 'ended') continue
    const { reason } = payload as SessionEnd
    if (![...excuses].some((excuse) => EXCUSES[reason].test(excuse)))
      return `a tab heard of "${reason}", which nobody has brought about`
  }
  return undefined
}

/** L1 */
export const onACalmDayALogoutIsToldOnce: Invariant = ({ sent, troubles }) => {
  if (troubles.size > 0) return undefined
  const told = new Map<unknown, number>()
  for (const { request, trueAt } of sent) {
    const { path, body, headers } = request
    if (path !== '/auth/logout') continue
    const session = body['sid'] ?? body['token'] ?? headers.get('authorization')
    const first = told.get(session) ?? trueAt
    // While the first is on its way, a login has it told once more.
    if (session !== null && trueAt - first > ON_ITS_WAY_MS)
      return `the server was told of the end of ${session as string} again`
    told.set(session, first)
  }
  return undefined
}

/** L1: it ends nothing any more, except where a server cannot tell the two sessions apart. */
export const aLogoutIsNotToldAfterTheNextLogin: Invariant = (
  { kind, record, begunAt, troubles },
  { sent },
) => {
  // A refresh token that came in a body is revoked when it comes too late. A page that stood still may be about to tell.
  if (kind.isSecret || has(troubles, 'pages', 'record', 'mirror', 'wiped', 'strange record'))
    return undefined
  if (!kind.isNamed || record?.status !== 'logged-in') return undefined
  const late = sent.find(
    ({ request: { path, body }, trueAt }) =>
      path === '/auth/logout' && body['sid'] !== record.sid && trueAt > begunAt + ON_ITS_WAY_MS,
  )
  return late && `the server was told of the end of ${String(late.request.body['sid'])} too late`
}

/** L1 */
export const aLogoutNamesItsSession: Invariant = ({ excuses, troubles }, { sent }) => {
  if (excuses.has(NAMELESS) || troubles.has('strange record')) return undefined
  const nameless = sent.find(
    ({ request: { path, body } }) => path === '/auth/logout' && typeof body['sid'] !== 'string',
  )
  return nameless && 'a logout did not say which session it ends'
}
