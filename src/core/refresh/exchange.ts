import type { Ports } from '../../ports.ts'
import type { EndReason, SessionEvents } from '../../session-state.ts'
import { withUnnamed, type Tokens, type TokenStorage } from '../../tokens.ts'
import type { Transport } from '../../transport.ts'
import { accessEndsAt } from '../record/expiry.ts'
import { isPast, isSameGeneration, isStepBehind } from '../record/further-on.ts'
import { isForeign } from '../record/is-foreign.ts'
import { doubted, isBelieved, pauseAfter } from '../record/pause.ts'
import { lastActiveAt } from '../record/presence.ts'
import type { SessionRecord } from '../record/record.ts'
import {
  confirmed,
  draw,
  ended,
  postponed,
  refused,
  renewed,
  type Limit,
  type Step,
} from '../record/transitions.ts'
import type { EventQueue } from '../notify/event-queue.ts'
import type { Tab } from '../session/tab.ts'
import type { Ledger, Write } from '../shared/ledger.ts'
import type { Commit } from '../shared/shared-record.ts'
import { sleep } from '../time/sleep.ts'
import type { Time } from '../time/time.ts'
import type { Adoption } from './adoption.ts'
import type { Attempts } from './attempts.ts'
import { AWAY, isAnswer, type AuthServer, type Outcome, type Unavailable } from './auth-server.ts'
import { followJar } from './follow-jar.ts'
import { createOvertaking } from './overtaking.ts'
import { createSendTime } from './send-time.ts'
import type { Exchanged, Refusal, Turn } from './turn.ts'

// For how long another tab's answer may still be on its way when the server refuses ours.
const LOOK_AGAIN_AFTER_REFUSAL_MS = 1_000
const WRITE_AGAIN_MS = 1_000

/**
 * Asks the server for the next tokens, and writes what its answer means into the record. Resolves to when to try again, or
 * to `undefined` if the record says how it went. Rejects if the token storage does.
 */
export type Exchange = (turn: Turn) => Promise<Exchanged | undefined>

/** What an exchange works with. */
export interface ExchangeDeps {
  readonly ports: Pick<Ports, 'random' | 'randomId'>
  readonly time: Time
  readonly storage: TokenStorage
  readonly transport: Pick<Transport, 'admitsAnyone'>
  readonly attempts: Attempts
  readonly tab: Tab
  readonly ledger: Ledger
  readonly adoption: Adoption
  readonly authServer: AuthServer
  readonly limited: Limit
  readonly events: Pick<EventQueue<SessionEvents>, 'emit'>
  readonly disposed: AbortSignal
}

/** Creates the exchange of one tab. */
export function createExchange(deps: ExchangeDeps): Exchange {
  const { ports, time, storage, transport, tab, ledger, adoption, authServer } = deps
  const { limited, attempts, events, disposed } = deps
  const { takenOver, movedOn } = createOvertaking({ time, ledger, adoption })
  const isSecret = storage.kind === 'record'

  async function run(turn: Turn): Promise<Exchanged | undefined> {
    const { record, spent } = turn
    const isNewVisitor = transport.admitsAnyone && record.generation === 0
    if (isSecret && !spent?.refreshToken && !isNewVisitor)
      return await refuse(turn, 'storage-cleared', { by: tab.id })
    // The server has refused this session before, and now no tab has its access token any more.
    if (record.rejected)
      return await refuse(turn, 'refresh-rejected', { livesOn: record.livesOn, mustTell: true })
    const mayRepeat = attempts.mayRepeat(record)
    const waitMs = attempts.waitMs(record, turn.hasLock)
    const { onSend, startedAt, wasSent } = createSendTime(time, waitMs)
    const { key, lastKey, seq } = record
    const ownStep = { usedKey: key, nextKey: ports.randomId() }
    let keys = ownStep
    /** Resolves to `undefined` if another tab has moved on while the page was away, or may have claimed the refresh. */
    const send = async (
      step: typeof keys,
      sequence: number | null,
    ): Promise<Outcome | undefined> => {
      keys = step
      const request = { record, tokens: spent, idempotencyKey: step.usedKey, sequence }
      for (;;) {
        const outcome = await authServer.refresh({ ...request, onSend, waitMs })
        if (outcome.cause !== AWAY) return outcome
        const found = await ledger.read()
        if (!mayRepeat || (await takenOver(turn, found))) return undefined
        // The keys belong to this generation alone (E2).
        if (!isSameGeneration(found, record)) return outcome
      }
    }
    let outcome = await send(ownStep, seq)
    if (outcome?.type === 'superseded' && isStepBehind(outcome.sequence, record) && lastKey) {
      // A late answer has put the cookie jar back one step: repeat that step with its key. The next step, still to be
      // made, keeps the key that it has had so far (E2).
      outcome = await send({ usedKey: lastKey, nextKey: key }, outcome.sequence)
    }
    if (outcome?.type === 'superseded') {
      const ask = isSecret ? undefined : (shown: number | null) => send(ownStep, shown)
      outcome = await followJar(outcome, seq, (ms) => movedOn(turn, ms), ask)
    }
    if (!outcome) return undefined
    switch (outcome.type) {
      case 'refreshed':
        return await keep(turn, outcome.tokens, {
          ...keys,
          startedAt: startedAt(),
          issuedAtS: outcome.issuedAtS,
          toldActiveAt: lastActiveAt(record),
          answerMs: mayRepeat ? undefined : time.sessionNow() - startedAt().session,
        })
      case 'unavailable':
        if (isFinal(record, outcome)) return await refuse(turn, 'refresh-rejected')
        if (record.status === 'unknown' && !transport.admitsAnyone && isAnswer(outcome))
          tab.deny(record)
        return await postpone(turn, outcome, wasSent() && attempts.mayArrive(record, outcome))
      case 'superseded':
        return await refuse(turn, 'refresh-rejected', {
          livesOn: !isSecret && isPast(outcome.sequence, record),
          mustTell: true,
        })
      case 'rejected':
        // Before the first generation no tab can be quicker, and a visitor without a session waits for this.
        if (record.generation > 0 && (await movedOn(turn, LOOK_AGAIN_AFTER_REFUSAL_MS)))
          return undefined
        return await refuse(turn, outcome.reason)
    }
  }

  async function keep(turn: Turn, brought: Tokens, made: Step): Promise<Exchanged | undefined> {
    const { record, spent, by, isAgain } = turn
    // The answer belongs to another session (E1). Another tab may be about to write that, so only the second one counts.
    if (isForeign(record, brought, spent)) {
      const { admitsAnyone } = transport
      if (isSecret && !admitsAnyone) return await postpone(turn)
      if (await movedOn(turn, LOOK_AGAIN_AFTER_REFUSAL_MS)) return undefined
      // Such a server does not refuse a visitor it no longer knows: it answers with a new one.
      if (admitsAnyone) return await refuse(turn, 'refresh-rejected')
      return await (isAgain ? refuse(turn, 'user-switched') : run({ ...turn, isAgain: true }))
    }

    const tokens = withUnnamed(brought, spent)
    // Of tokens that the server gives again, nothing is new but that they are the newest.
    const isConfirmed = tokens === spent
    const sealed = isConfirmed ? undefined : await storage.seal(tokens)
    const next = (of: SessionRecord) =>
      limited(
        isConfirmed ? confirmed(of, made) : renewed(of, { ...made, tokens, sealed }),
        time.sessionNow(),
      )
    const commit = (write: Write): Promise<Commit> =>
      write((current) => (isSameGeneration(current, record) ? next(current) : undefined), {
        by,
        tokens,
        secret: isSecret,
      })

    const { outcome, record: now } = await commit(turn.ledger.write)
    if (outcome === 'failed') {
      // The access token is good already; the refresh token must be in the record before a tab may use it (G2).
      turn.ledger.afterwards(() => tab.hold(next(record), tokens))
      void commitLater(commit)
    } else if (!now || now.session !== record.session) {
      // A refresh token that came in a body is known to this tab alone; a cookie is the next session's business (R1).
      if (tokens.refreshToken)
        void authServer.revoke({ sid: tokens.sessionId ?? null, everywhere: false }, tokens)
    } else if (outcome === 'lost') {
      // To another tab of the same session: its refresh token is the one that came here too, and is never revoked (R1).
      // Only a server that admits anyone may have given this tab the token of another visitor. A token of an earlier
      // generation may have expired, and must not count as that of the record.
      const isItsOwn = now.generation === record.generation + 1 && !isForeign(now, tokens, spent)
      if (!isItsOwn) await adoption.adopt(now)
      turn.ledger.show(now, isItsOwn ? tokens : undefined)
    }
    return undefined
  }

  async function commitLater(commit: (write: Write) => Promise<Commit>): Promise<void> {
    do {
      await sleep(time, WRITE_AGAIN_MS, disposed)
    } while (!disposed.aborted && (await commit(ledger.write)).outcome === 'failed')
  }

  /** Whether the server refuses in words of its own, again and again, and no access token is left. */
  function isFinal(record: SessionRecord, { isDoubtful }: Unavailable): boolean {
    const isLeft = (accessEndsAt(record) ?? 0) > time.sessionNow()
    if (!isDoubtful || isLeft || record.status === 'unknown') return false
    return isBelieved(doubted(record, time.now()), time.now())
  }

  async function refuse(
    turn: Turn,
    reason: EndReason,
    { by = null, livesOn = false, mustTell = false }: Refusal = {},
  ): Promise<Exchanged | undefined> {
    const { record } = turn
    const drawn = draw(ports.randomId)
    // After a plain refusal the API still accepts the access token until it expires, if a tab has it (H1).
    const lingers =
      reason === 'refresh-rejected' &&
      !record.rejected &&
      (accessEndsAt(record) ?? 0) > time.sessionNow() &&
      (await adoption.adopt(record))
    const how = { reason, by, at: time.sessionNow() }
    const { outcome, record: now } = await turn.ledger.write(
      (current) => {
        if (!isSameGeneration(current, record)) return undefined
        if (lingers) return refused(current, livesOn)
        const { sid, sealed } = current
        const tombstone = mustTell && !livesOn ? { sid, everywhere: false, sealed } : undefined
        if (current.status !== 'unknown') return ended(current, drawn, how, tombstone)
        // This browser knew of no user, so there is no end to tell. After a lost answer the key stays: a login that is not
        // written yet may have a cookie that was spent with it (E2).
        return ended(current, current.failures ? { ...drawn, key: current.key } : drawn)
      },
      { by: turn.by },
    )
    // Another tab was quicker after all, at the last moment.
    const isLost = outcome === 'lost' && !(await takenOver(turn, now))
    return isLost ? await postpone(turn) : undefined
  }

  async function postpone(
    { record, ledger }: Turn,
    why: Omit<Unavailable, 'type'> = {},
    mayArrive = false,
  ): Promise<Exchanged> {
    const { retryAfterMs, status = null, cause, isDoubtful } = why
    const now = time.now()
    const doubts = isDoubtful ? doubted(record, now) : undefined
    const pause = { ...pauseAfter(record, now, ports.random(), retryAfterMs), doubts }
    const { retryAt } = pause
    // A page that was denied asks no more. The next one asks at once: the user may have signed in on the way to it.
    const shared = tab.isDenied ? {} : pause
    await ledger.write((current) =>
      isSameGeneration(current, record) ? postponed(current, shared, mayArrive) : undefined,
    )
    ledger.afterwards(() => events.emit('refresh-failed', { retryAt, status }))
    return { retryAt, cause }
  }

  return run
}
