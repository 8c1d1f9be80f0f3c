import { isSameUser } from '../core/record/is-foreign.ts'
import { inSession, type SessionRecord } from '../core/record/record.ts'
import { recordedEnd } from '../core/record/snapshot.ts'
import { declined } from '../core/record/transitions.ts'
import { createDeadline } from '../core/time/deadline.ts'
import { isSessionError, SessionError } from '../errors.ts'
import type { Outgoing } from '../fetch/outgoing.ts'
import type { Attempt } from '../fetch/parking.ts'
import type { SessionEnd } from '../session-state.ts'
import { claimsOf, type Claims } from '../tokens.ts'
import type { KnownUser, Lot, LotDeps, LotOptions } from './options.ts'
import { createQueue, type FailedWrite } from './queue.ts'
import { createSend, isValid, isWrite } from './send.ts'

/**
 * `waiting`: the user's session is over, and calls wait. `open`: the user is signed in, and calls go out. `closed`: calls go
 * out as they would without a parking lot.
 */
type Phase = 'waiting' | 'open' | 'closed'

/** Creates the parking lot of one tab. */
export function createLot(deps: LotDeps, options: LotOptions): Lot {
  const { time, tab, ledger, access, shouldReplay, disposal } = deps
  const { report } = deps.ports
  const { sameUser, onWriteFailed, holdPage } = options
  const deadline = createDeadline(time, onTimeUp)
  let phase: Phase = 'closed'
  /** The record of the user whose page this is, as it was last seen with a user signed in. */
  let owner: SessionRecord | null = null
  let ownerClaims: Claims | null = null
  /** The sessions that are known to be this user's. */
  const own = new Set<string>()
  let cover: SessionEnd | null = null
  let judged: string | undefined
  let calls = 0

  const send = createSend({
    shouldReplay,
    begin() {
      const { session } = tab.record ?? {}
      return () => phase !== 'closed' && isOwn(session) && session !== tab.record?.session
    },
  })
  const queue = createQueue({
    bounds: options,
    mayGo: () => phase === 'open' && isOwn(tab.record?.session),
    send,
    mayGoOn,
    refusal,
    holdPage,
    onChange() {
      if (phase === 'open' && queue.size === 0) deadline.set(Infinity)
      show()
    },
  })

  const lot = { isWaiting: false, carry, decline, dispose }
  const unwatch = tab.watch(look)

  function isOwn(session: string | undefined): boolean {
    return session !== undefined && own.has(session)
  }

  function show(): void {
    lot.isWaiting = phase === 'waiting'
    const isCounted = phase === 'waiting' || (phase === 'open' && queue.size > 0)
    tab.stay({ parked: isCounted ? queue.size : null, cover })
  }

  /** Follows the record. */
  function look(): void {
    const { record } = tab
    if (record?.status === 'logged-in') arrive(record)
    else if (record?.status !== 'unknown') leave(record && recordedEnd(record, tab.id))
    // A sign-in has begun, and its user is not known yet.
    else if (phase === 'open') wait(options.withinMs)
  }

  function arrive(record: SessionRecord): void {
    if (!owner || isOwn(record.session)) return welcome(record)
    if (judged === record.session) return
    judged = record.session
    deadline.check()
    const isSame = isSameUser(record, owner)
    if (sameUser && isSame !== false) void ask(record, owner)
    else if (isSame) welcome(record)
    else turnAway(record)
  }

  /** Asks the application. */
  async function ask(record: SessionRecord, last: SessionRecord): Promise<void> {
    let isSame = false
    try {
      const held = await access.obtain({ isEnough: () => true, makesDo: true })
      const claims = claimsOf(held?.tokens.accessToken)
      const user = (of: SessionRecord, claims: Claims | null): KnownUser => ({
        subject: of.subject,
        claims,
      })
      isSame = (await sameUser?.(user(last, ownerClaims), user(record, claims))) === true
    } catch (error) {
      // The token may come later, and then the record is looked at again.
      if (isSessionError(error)) return void (judged = undefined)
      report(error)
    }
    if (tab.record?.session !== record.session || owner !== last) return
    if (isSame) welcome(record)
    else turnAway(record)
  }

  /** The user is there. */
  function welcome(record: SessionRecord): void {
    own.add(record.session)
    owner = record
    ownerClaims = tab.state.claims ?? ownerClaims
    if (phase === 'open') return
    phase = 'open'
    cover = null
    show()
    queue.drain()
  }

  /** Another user is there. The page stays covered until it is reset. */
  function turnAway(record: SessionRecord): void {
    const gone = new SessionError('session_changed', 'Another user has signed in')
    if (cover) return close(gone)
    reset(gone)
    welcome(record)
  }

  function leave(end: SessionEnd | null): void {
    judged = undefined
    // A sign-in that has come to nothing says nothing about the end before it.
    if (phase === 'closed' || (phase === 'waiting' && cover && end && end.reason !== 'logout'))
      return
    if (phase === 'waiting' && !end && tab.record) return
    const mayReturn = end && options.reasons.includes(end.reason)
    if (mayReturn) {
      cover = end
      return wait(options.withinMs - Math.max(time.sessionNow() - end.at, 0))
    }
    const gone = refusal('its user has signed out', end?.reason)
    if (cover) close(gone)
    else reset(gone)
  }

  function wait(ms: number): void {
    phase = 'waiting'
    deadline.set(Math.max(ms, 0))
    show()
  }

  function onTimeUp(): void {
    const late = refusal('its user has not signed in again in time')
    if (phase === 'waiting') close(late)
    else queue.giveUp(late)
  }

  function close(error: SessionError): void {
    phase = 'closed'
    deadline.set(Infinity)
    queue.giveUp(error)
    show()
  }

  /** This page has no user any more. */
  function reset(error: SessionError): void {
    owner = ownerClaims = cover = null
    own.clear()
    close(error)
  }

  function refusal(why: string, reason = cover?.reason): SessionError {
    return new SessionError(
      'session_ended',
      `The session is over, and the request is not sent: ${why}`,
      {
        reason,
      },
    )
  }

  function carry(call: Outgoing, attempt: Attempt): Promise<Response> {
    deadline.check()
    if (phase === 'closed' || call.park === false || !isValid(call)) return attempt(call)
    const order = ++calls
    if (phase === 'open')
      return isWrite(call) && queue.hasWrites
        ? queue.join(call, attempt, order)
        : goNow(call, attempt, order)
    return call.isOneShot
      ? Promise.reject(refusal('a stream can be sent only once'))
      : queue.park(call, attempt, order)
  }

  async function goNow(call: Outgoing, attempt: Attempt, order: number): Promise<Response> {
    const outcome = await send(call, attempt)
    if ('response' in outcome) return outcome.response
    if ('error' in outcome) throw outcome.error
    const answer = queue.park(outcome.again, attempt, order)
    // Its user may have signed in again already.
    queue.drain()
    return await answer
  }

  async function mayGoOn(failed: FailedWrite): Promise<boolean> {
    try {
      return (await onWriteFailed?.(failed)) === true
    } catch (error) {
      report(error)
      return false
    }
  }

  async function decline(): Promise<void> {
    if (!cover) return
    const { record } = tab
    close(refusal('its user has declined to sign in again', 'logout'))
    if (record) await ledger.write(inSession(record.session, declined))
  }

  function dispose(): void {
    unwatch()
    deadline.set(Infinity)
    phase = 'closed'
    lot.isWaiting = false
    queue.giveUp(disposal.error())
  }

  return lot
}
