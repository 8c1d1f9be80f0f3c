import type { SessionRecord } from '../../src/core/record.ts'
import type { SessionEnd, SessionWarning } from '../../src/index.ts'
import { claimsOf } from '../../src/tokens.ts'
import { NAMELESS } from './moves/session.ts'
import type { News } from './news.ts'
import {
  API,
  isBeyondHelp,
  type Actor,
  type Call,
  type Heard,
  type Trouble,
  type World,
} from './world.ts'
import type { Sending } from './weather.ts'

// What must hold after every step of every story, whatever has gone wrong: I1 to I12 of the list of failures, in the
// words of the protocol. Each is a sentence and the function that finds out whether it is true: what breaks it, or
// nothing. `news` is what has happened since the last look.

const WARN_MS = 60_000
const LEAST_WARNING_MS = 20_000

type Invariant = (world: World, news: News) => string | undefined

/** I1 */
const everyPromiseSettlesInTime: Invariant = ({ calls }) => {
  const hangs = calls.find(
    ({ outcome, by, boundMs, begunAtRanMs }) =>
      !outcome && !by.tab.isGone && !by.isDisposed && by.ranMs - begunAtRanMs > boundMs,
  )
  return hangs && `call ${hangs.id} (${hangs.name}) has not settled in ${hangs.boundMs / 1000} s`
}

/** I2, E2 */
const everyTabThatRenewsAGenerationSendsTheSameKey: Invariant = ({ sent, troubles }) => {
  // Where nothing can be kept, each tab is alone, and draws its own.
  if (has(troubles, 'record', 'wiped')) return undefined
  const keys = new Map<string, string | null>()
  for (const { request } of sent.filter(isRefresh)) {
    const { sid, seq } = request.body
    const token = `${String(sid)}-${String(seq)}`
    const key = request.headers.get('idempotency-key')
    if (sid === undefined) continue
    if (keys.has(token) && keys.get(token) !== key) return `two keys for one renewal of ${token}`
    keys.set(token, key)
  }
  return undefined
}

/** I2 */
const onACalmDayATokenIsRenewedOnceForAllTabs: Invariant = ({ sent, troubles }) => {
  if (troubles.size > 0) return undefined
  const spent = sent
    .filter(isRefresh)
    .map(({ request: { body } }) => `${String(body['sid'])}-${String(body['seq'])}`)
    .filter((token) => !token.startsWith('undefined'))
  const twice = spent.find((token, index) => spent.indexOf(token) !== index)
  return twice && `${twice} was renewed twice`
}

/** I3 */
const theServerNeverReportsReuse: Invariant = (world) => {
  const { browser, troubles } = world
  // Whoever removes the record removes the key with which a lost answer could have been had again. Where neither database
  // nor mirror works there is none: each tab is alone (G2).
  if (has(troubles, 'wiped') || isBeyondHelp(world)) return undefined
  const reuse = browser.server.refreshes.find(({ row }) => row === 'S7')
  return reuse && `a spent token of ${String(reuse.sid)} was shown with another key`
}

/** I4 */
const aSessionThatNobodyEndsLives: Invariant = ({ browser, promised, record }) => {
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
const everyEndHasItsReason: Invariant = ({ excuses }, { heard }) => {
  for (const { name, payload } of heard) {
    if (name !== 'ended') continue
    const { reason } = payload as SessionEnd
    if (![...excuses].some((excuse) => EXCUSES[reason].test(excuse)))
      return `a tab heard of "${reason}", which nobody has brought about`
  }
  return undefined
}

/** I4 */
const onACalmDayEveryRequestIsAnswered: Invariant = ({ calls, troubles, promised }) => {
  if (troubles.size > 0) return undefined
  const failed = calls.find(
    (call) =>
      /\/api\//.test(call.name) &&
      call.seen.status === 'logged-in' &&
      call.promised !== null &&
      call.promised === promised &&
      call.outcome !== undefined &&
      !call.abort.signal.aborted &&
      statusOf(call) !== 200,
  )
  return failed && `call ${failed.id} came to ${String(statusOf(failed) ?? codeOf(failed))}`
}

/** I11: only if. That it does not end any sooner, {@link everyEndHasItsReason} sees to. */
const aSessionEndsWhenNobodyHasBeenThereForTooLong: Invariant = (world) => {
  const { open, troubles, mustBeIdle } = world
  // A clock that is set may end a session early, and a tab that cannot write may be late to tell.
  if (!mustBeIdle || has(troubles, 'clock', 'record', 'mirror', 'wiped')) return undefined
  const late = open.find(
    ({ tab, isDisposed }) =>
      tab.isRunning && !isDisposed && tab.session.state.status === 'logged-in',
  )
  return late && `${late.name} goes on, though nobody was there`
}

/** WCAG 2.2.1 */
const nobodyIsSignedOutForIdlenessWithoutTwentySecondsOfWarning: Invariant = (
  { actors, troubles },
  { heard },
) => {
  if (has(troubles, 'clock', 'record', 'mirror', 'wiped')) return undefined
  const unwarned = actors.find((actor) => {
    const end = heard.find((entry) => isIdleEnd(entry) && actor.heard.includes(entry))
    if (!end || end.at - actor.runsSince < WARN_MS) return false
    const last = actor.heard.findLast(({ name }) => name === 'expiring' || name === 'extended')
    return last?.name !== 'expiring' || end.at - last.at < LEAST_WARNING_MS
  })
  return unwarned && `${unwarned.name} was not warned`
}

/** I5 */
const theRecordOnlyMovesForward: Invariant = ({ troubles }, { written }) => {
  // Tabs that cannot write may each go on from the same record: the end of a session in one, a login in another. The
  // clock set back, both come to the same epoch, and the login stays.
  const mayBranch = troubles.has('record') && troubles.has('set back')
  for (const [index, next] of written.entries()) {
    const previous = written[index - 1]
    if (!previous) continue
    const isBack =
      next.epoch < previous.epoch ||
      (next.epoch === previous.epoch &&
        (next.generation < previous.generation ||
          (next.session !== previous.session && !mayBranch)))
    if (isBack)
      return `epoch ${next.epoch}, generation ${next.generation} was written over ${previous.epoch}, ${previous.generation}`
  }
  return undefined
}

/** E4 */
const sessionTimeNeverRunsBackwards: Invariant = (_, { written }) => {
  const back = written.find((next, index) => {
    const previous = written[index - 1]
    return previous?.session === next.session && next.seenAt < previous.seenAt
  })
  return back && `seenAt went back in generation ${back.generation}`
}

/** E2 */
const aGenerationHasOneKey: Invariant = (_, { written }) => {
  const other = written.find((next, index) => {
    const previous = written[index - 1]
    return (
      previous?.session === next.session &&
      previous.generation === next.generation &&
      previous.key !== next.key
    )
  })
  return other && `generation ${other.generation} was given a second key`
}

/** I6 */
const aRequestIsNeverSentWithAnotherSessionsToken: Invariant = ({ calls }, { sent }) => {
  for (const { request } of sent) {
    const call = calls[Number(request.headers.get('x-call')) - 1]
    const token = tokenOf(request.headers)
    if (!call || call.seen.status !== 'logged-in' || token === undefined) continue
    const { sub, sid } = claimsOf(token) ?? {}
    if (sub !== call.seen.subject || (call.seen.sid !== undefined && sid !== call.seen.sid))
      return `call ${call.id} was made as ${String(call.seen.subject)} and sent as ${String(sub)} (${String(sid)})`
  }
  return undefined
}

/** I7 */
const whoIsLoggedInAndVisibleWillWake: Invariant = ({ open }) => {
  const asleep = open.find(
    ({ tab, isDisposed }) =>
      tab.isRunning &&
      tab.isVisible &&
      !isDisposed &&
      tab.session.state.status === 'logged-in' &&
      tab.session.state.accessExpiresAt !== null &&
      tab.timers === 0,
  )
  return asleep && `${asleep.name} is logged in, and nothing will wake it`
}

/** I8 */
const everyTabHearsOfEveryChangeOnce: Invariant = ({ actors }) => {
  for (const actor of actors) {
    let subject: string | null | undefined
    let warnedOf: string | undefined
    const degraded = new Set<string>()
    for (const { name, payload } of actor.heard) {
      const told = payload as { subject?: string | null; missing?: string }
      if (name === 'ended' && subject === undefined) return `${actor.name} heard of an end twice`
      if (name === 'started' && subject !== undefined && subject !== told.subject)
        return `${actor.name} heard that ${String(told.subject)} is there, but not that ${String(subject)} is gone`
      if (name === 'refreshed' && subject === undefined)
        return `${actor.name} heard of a renewal without a session`
      if (name === 'degraded' && degraded.has(String(told.missing)))
        return `${actor.name} was told twice that there is no ${String(told.missing)}`
      if (name === 'extended' && warnedOf === undefined)
        return `${actor.name} heard that a warning is over, and of none before`
      if (name === 'expiring') {
        const { cause, extendable } = payload as SessionWarning
        const what = `${cause}, ${extendable ? '' : 'not '}extendable`
        if (what === warnedOf) return `${actor.name} was warned twice: ${what}`
        warnedOf = what
      } else if (/^(extended|ended|started)$/.test(name)) warnedOf = undefined
      if (name === 'started') subject = told.subject
      if (name === 'ended') subject = undefined
      if (name === 'degraded') degraded.add(String(told.missing))
    }
  }
  return undefined
}

/** L0 */
const noListenerRunsUnderTheLock: Invariant = ({ troubles, disputes }, { heard }) => {
  // A page that leaves lets its lock go and works on: by the time it is done it may hold another. So may one whose next
  // session has been waiting for the lock of the last.
  if (has(troubles, 'pages') || disputes > 0) return undefined
  const early = heard.find(
    ({ name, payload, locks }) =>
      locks.some((lock) => !lock.endsWith(':logout')) &&
      (name === 'refresh-failed' ||
        (name === 'refreshed' && (payload as { by: string }).by === 'this-tab')),
  )
  return early && `"${early.name}" was told before the lock was free`
}

/** I9 */
const aCallIsSentTwiceAtMost: Invariant = ({ sent }) => {
  const sends = new Map<string, number>()
  for (const { request } of sent) {
    const id = request.headers.get('x-call')
    if (id === null) continue
    sends.set(id, (sends.get(id) ?? 0) + 1)
    if (sends.get(id) === 3) return `call ${id} was sent a third time`
  }
  return undefined
}

/** I10 */
const theTokenGoesToAllowedOriginsOnly: Invariant = (_, { sent }) => {
  const leak = sent.find(
    ({ request: { headers, origin, path } }) =>
      headers.has('authorization') &&
      (!['https://app.test', API].includes(origin) || path.startsWith('/auth/')),
  )
  return leak && `the token went to ${leak.request.origin}${leak.request.path}`
}

const REFRESH_TOKEN = /refresh-s\d/
const ACCESS_TOKEN = /eyJ/

/** H1, G2 */
const noRefreshTokenIsPostedAndNoTokenMirrored: Invariant = ({ browser }, { posted }) => {
  if (REFRESH_TOKEN.test(JSON.stringify(posted))) return 'a refresh token was posted'
  const mirror = browser.stored.mirror ?? ''
  return REFRESH_TOKEN.test(mirror) || ACCESS_TOKEN.test(mirror)
    ? 'a token rests in localStorage'
    : undefined
}

/** K1 */
const whatMustOutliveItsPageIsSentWithKeepalive: Invariant = ({ sent }) => {
  const lasting = new Set<string>()
  for (const sending of sent.filter(isAuth)) {
    const { keepalive, path, headers, body } = sending.request
    const name = `${path} ${headers.get('idempotency-key') ?? ''} ${String(body['sid'])}`
    if (keepalive) lasting.add(name)
    // Once more, as the first time the browser or the network has refused it.
    else if (!lasting.has(name)) return `${path} was sent without keepalive`
  }
  return undefined
}

/** The table of outcomes: 429 and 503 with Retry-After */
const theServerIsNotAskedBeforeTheMomentItHasNamed: Invariant = ({ troubles }, { sent }) => {
  // Who does not get to note the answer, or counts time otherwise, cannot keep to it.
  if (has(troubles, 'record', 'mirror', 'pages', 'clock', 'locks', 'wiped')) return undefined
  const early = sent.find((sending) => isRefresh(sending) && sending.at < sending.pausedUntil)
  return early && `a refresh went out ${(early.pausedUntil - early.at) / 1000} s too early`
}

/** L1 */
const aLogoutNamesItsSession: Invariant = ({ excuses }, { sent }) => {
  if (excuses.has(NAMELESS)) return undefined
  const nameless = sent.find(
    ({ request: { path, body } }) => path === '/auth/logout' && typeof body['sid'] !== 'string',
  )
  return nameless && 'a logout did not say which session it ends'
}

/** The list, in the order in which they are asked. */
export const invariants: readonly Invariant[] = [
  everyPromiseSettlesInTime,
  everyTabThatRenewsAGenerationSendsTheSameKey,
  onACalmDayATokenIsRenewedOnceForAllTabs,
  theServerNeverReportsReuse,
  aSessionThatNobodyEndsLives,
  everyEndHasItsReason,
  onACalmDayEveryRequestIsAnswered,
  aSessionEndsWhenNobodyHasBeenThereForTooLong,
  nobodyIsSignedOutForIdlenessWithoutTwentySecondsOfWarning,
  theRecordOnlyMovesForward,
  sessionTimeNeverRunsBackwards,
  aGenerationHasOneKey,
  aRequestIsNeverSentWithAnotherSessionsToken,
  whoIsLoggedInAndVisibleWillWake,
  everyTabHearsOfEveryChangeOnce,
  noListenerRunsUnderTheLock,
  aCallIsSentTwiceAtMost,
  theTokenGoesToAllowedOriginsOnly,
  noRefreshTokenIsPostedAndNoTokenMirrored,
  whatMustOutliveItsPageIsSentWithKeepalive,
  theServerIsNotAskedBeforeTheMomentItHasNamed,
  aLogoutNamesItsSession,
]

/** What must hold when everything has come to rest. I12 is among them. */
export const atRest: readonly ((world: World) => string | undefined)[] = [
  function theTabsAgree({ open }) {
    const told = open.filter(({ isDisposed }) => !isDisposed).map(whoIsThere)
    return new Set(told).size > 1 ? `the tabs say ${told.join(', ')}` : undefined
  },
  function theTabsSayWhatTheRecordSays({ open, record }) {
    const wrong = open
      .filter(({ isDisposed }) => !isDisposed)
      .find((actor) => whoIsThere(actor) !== inRecord(record))
    return wrong && `${wrong.name} says ${whoIsThere(wrong)}, the record ${inRecord(record)}`
  },
  function aSessionThatNobodyEndsIsInUse({ open, promised }) {
    const lost = open
      .filter(({ isDisposed }) => !isDisposed)
      .find((actor) => promised && whoIsThere(actor) !== promised.subject)
    return lost && `${lost.name} has lost the session of ${String(promised?.subject)}`
  },
  function aLogoutIsNotUndone({ open, signedOut, troubles }) {
    // Told to nothing that outlives its page.
    if (has(troubles, 'mirror', 'wiped')) return undefined
    const undone = open.find(({ tab, isDisposed }) => {
      const { status, claims } = tab.session.state
      return !isDisposed && status === 'logged-in' && signedOut.has(String(claims?.['sid']))
    })
    return undone && `${undone.name} is in a session that was logged out of`
  },
  function theServerHasHeardOfEveryLogout({ record }) {
    return (
      record?.tombstone &&
      `nobody has told the server of the end of ${record.tombstone.sid ?? 'it'}`
    )
  },
  function eventsAndStateAgree({ open }) {
    const wrong = open.find(({ tab, heard, isDisposed }) => {
      const last = heard.findLast(({ name }) => name === 'started' || name === 'ended')
      const isStarted = last?.name === 'started'
      return !isDisposed && isStarted !== (tab.session.state.status === 'logged-in')
    })
    return wrong && `${wrong.name} is ${whoIsThere(wrong)} and has not heard of it`
  },
]

/** I12, after every session was disposed of. */
export function nothingIsHeld({ open }: World): string | undefined {
  const holding = open.find(({ tab }) => tab.holding > 0)
  return holding && `${holding.name} still holds ${holding.tab.holding} timers, listeners or locks`
}

function whoIsThere({ tab: { session } }: Actor): string {
  const { status, subject } = session.state
  return status === 'logged-in' ? String(subject) : status
}

function inRecord(record: SessionRecord | null): string {
  return record?.status === 'logged-in' ? String(record.subject) : 'logged-out'
}

function has(troubles: ReadonlySet<Trouble>, ...some: readonly Trouble[]): boolean {
  return some.some((trouble) => troubles.has(trouble))
}

function isIdleEnd({ name, payload }: Heard): boolean {
  return name === 'ended' && (payload as SessionEnd).reason === 'idle'
}

function isRefresh({ request }: Sending): boolean {
  return request.path === '/auth/refresh'
}

function isAuth({ request }: Sending): boolean {
  return request.path === '/auth/refresh' || request.path === '/auth/logout'
}

function tokenOf(headers: Headers): string | undefined {
  return headers.get('authorization')?.replace('Bearer ', '')
}

function statusOf({ outcome }: Call): number | undefined {
  return outcome && 'value' in outcome ? (outcome.value as Response).status : undefined
}

function codeOf({ outcome }: Call): unknown {
  return outcome && 'error' in outcome ? (outcome.error as { code?: unknown }).code : undefined
}
