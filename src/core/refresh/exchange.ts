import type { Ports } from '../../ports.ts'
import type { EndReason } from '../../session-state.ts'
import type { Tokens, TokenStorage } from '../../tokens.ts'
import type { RefreshOutcome, Transport } from '../../transport.ts'
import type { Adoption } from './adoption.ts'
import { pauseAfter } from '../record/pause.ts'
import type { Courier } from './auth-server.ts'
import { joined, lastActiveAt } from '../record/presence.ts'
import { isForeign } from '../record/is-foreign.ts'
import {
  draw,
  ended,
  isSameGeneration,
  renewed,
  type Renewal,
  type SessionRecord,
} from '../record/record.ts'
import type { RefreshResult } from './refresher.ts'
import type { SessionClock } from '../time/session-clock.ts'
import type { Commit, SharedRecord } from '../shared/shared-record.ts'
import type { Siblings } from '../shared/siblings.ts'
import { sleep } from '../time/sleep.ts'
import type { Tab } from '../session/tab.ts'

// How long another tab's answer may still be on its way when the server refuses ours.
const LOOK_AGAIN_AFTER_REFUSAL_MS = [1_000]
const LOOK_AGAIN_AFTER_CONFLICT_MS = [250, 1_000, 4_000]
const WRITE_AGAIN_MS = 1_000

type Unavailable = Extract<RefreshOutcome, { type: 'unavailable' }>

/** What a refresh leaves to be told once the lock is released. */
export interface Report extends RefreshResult {
  readonly record: SessionRecord | null
  readonly tokens?: Tokens
  /** The generation of the tokens, where it could not be written yet: only this tab knows of it. */
  readonly unwritten?: SessionRecord
  /** This tab has made it what it is. */
  readonly isOurs?: boolean
  /** The HTTP status of a failure of this tab's own; `null` when nothing answered. */
  readonly failedWith?: number | null
}

/** One exchange with the auth server, and what becomes of its answer. */
export interface Exchange {
  /** Whether the outcome could be kept. */
  isPossible(): boolean
  /** The tokens to spend, of a transport whose refresh token script can read. */
  open(record: SessionRecord): Promise<Tokens | null>
  run(record: SessionRecord, spent: Tokens | null): Promise<Report>
}

/** Creates the exchange of one tab. */
export function createExchange(deps: {
  readonly ports: Ports
  readonly storage: TokenStorage
  readonly transport: Pick<Transport, 'admitsAnyone'>
  readonly tab: Tab
  readonly shared: SharedRecord
  readonly siblings: Siblings
  readonly adoption: Adoption
  readonly courier: Courier
  readonly idle: { readonly afterMs: number } | undefined
  readonly sessionClock: SessionClock
  readonly disposed: AbortSignal
}): Exchange {
  const { ports, storage, transport, tab, shared, siblings, adoption, courier } = deps
  const { sessionClock, idle, disposed } = deps
  const { clock } = ports
  const isSecret = storage.kind === 'record'

  async function run(record: SessionRecord, spent: Tokens | null): Promise<Report> {
    const isNewcomer = transport.admitsAnyone && record.generation === 0
    if (isSecret && !spent?.refreshToken && !isNewcomer)
      return await refused(record, 'storage-cleared', tab.id)
    const now = (): Renewal['startedAt'] => ({ wall: clock.now(), session: sessionClock.now() })
    let startedAt = now()
    // Anew for a repeated request: the computer may have slept since the first.
    const onSend = (): void => void (startedAt = now())
    const { key, lastKey, seq } = record
    let outcome = await courier.refresh(record, spent, key, seq, onSend)
    let keys = { usedKey: key, nextKey: ports.randomId() }
    if (outcome.type === 'superseded' && isStepBehind(outcome.sequence, seq) && lastKey) {
      // A late answer has put the cookie jar back: repeat the step that it shows, with the key of that step. The one
      // after it is still to be made, with the key that it has had so far (E2).
      keys = { usedKey: lastKey, nextKey: key }
      outcome = await courier.refresh(record, spent, lastKey, outcome.sequence, onSend)
    } else if (outcome.type === 'superseded' && !isSecret && isPast(outcome.sequence, seq)) {
      const moved = await movedOn(record, LOOK_AGAIN_AFTER_CONFLICT_MS)
      if (moved) return moved
      // Whoever brought the newer cookie did not live to write that down: go on from what the jar shows. A thief's renewal
      // never comes into this browser's own jar.
      outcome = await courier.refresh(record, spent, key, outcome.sequence, onSend)
    }
    switch (outcome.type) {
      case 'refreshed':
        return await keep(record, spent, outcome.tokens, {
          ...keys,
          startedAt,
          toldActiveAt: lastActiveAt(record),
        })
      case 'unavailable':
        return await postpone(record, outcome)
      case 'superseded':
        return (
          (await movedOn(record, LOOK_AGAIN_AFTER_CONFLICT_MS)) ??
          (await refused(record, 'refresh-rejected'))
        )
      case 'rejected':
        return (
          (await movedOn(record, LOOK_AGAIN_AFTER_REFUSAL_MS)) ??
          (await refused(record, outcome.reason))
        )
    }
  }

  async function keep(
    record: SessionRecord,
    spent: Tokens | null,
    brought: Tokens,
    made: Omit<Renewal, 'tokens' | 'sealed'>,
  ): Promise<Report> {
    // The answer of a session that is not ours (E1). After another failure: of whoever has this browser's cookie now.
    if (isForeign(record, spent, brought)) {
      const isAgain = !isSecret && record.failures
      return await (isAgain ? refused(record, 'user-switched') : postpone(record))
    }

    const tokens = {
      ...brought,
      // A server that does not rotate sends none: the old one stays (RFC 6749 §6). So does what has told who it is.
      refreshToken: brought.refreshToken ?? spent?.refreshToken,
      idToken: brought.idToken ?? spent?.idToken,
    }
    const renewal = { ...made, tokens, sealed: await storage.seal(tokens) }
    const next = (of: SessionRecord) =>
      joined(renewed(of, renewal), idle?.afterMs, sessionClock.now())
    const write = (): Promise<Commit> =>
      shared.commit(
        (current) => (isSameGeneration(current, record) ? next(current) : undefined),
        isSecret,
      )

    const { outcome, record: now } = await write()
    if (outcome === 'failed') {
      void writeLater(write)
      return { record, tokens, unwritten: next(record), isOurs: true }
    }
    if (!now || (outcome === 'lost' && now.session !== record.session)) {
      // In a body it came to nobody else; a cookie is the next session's business (R1).
      if (tokens.refreshToken)
        void courier.revoke({ sid: tokens.sessionId ?? null, everywhere: false }, tokens)
      return { record: now }
    }
    // Lost to another tab of the same session: its refresh token is the one that came here too, and is never revoked (R1).
    if (outcome === 'lost') {
      const isOld = now.generation > record.generation + 1
      return isOld && (await adoption.adopt(now)) ? { record: now } : { record: now, tokens }
    }
    siblings.hint()
    siblings.answer(now, tokens.accessToken)
    return { record: now, tokens, isOurs: true }
  }

  /** The access token is good already; the refresh token must be in the record before anybody may use it (G2). */
  async function writeLater(write: () => Promise<Commit>): Promise<void> {
    for (;;) {
      await sleep(clock, WRITE_AGAIN_MS, disposed)
      if (disposed.aborted) return
      const { outcome, record } = await write()
      if (outcome === 'failed') continue
      siblings.hint()
      return tab.observe(record, outcome === 'written' ? 'this-tab' : 'other-tab')
    }
  }

  /** Looks whether another tab was quicker after all. */
  async function movedOn(record: SessionRecord, waitsMs: readonly number[]) {
    // Before the first generation there is nothing to be quicker with, and a visitor without a session waits for this.
    if (record.generation === 0) return undefined
    for (const ms of waitsMs) {
      await sleep(clock, ms)
      const moved = await takenOver(record, await shared.look())
      if (moved) return moved
    }
    return undefined
  }

  /** What another tab has made of `record`, if this one can go on with that. */
  async function takenOver(
    record: SessionRecord,
    now: SessionRecord | null,
  ): Promise<Report | undefined> {
    const isOver = now?.session !== record.session
    return isOver || (now.generation > record.generation && (await adoption.adopt(now)))
      ? { record: now }
      : undefined
  }

  async function refused(
    record: SessionRecord,
    reason: EndReason,
    by: string | null = null,
  ): Promise<Report> {
    const drawn = draw(ports.randomId)
    const how = { reason, by, at: sessionClock.now() }
    // A plain refusal leaves what the server still accepts: the access token, until it expires.
    const lingers = reason === 'refresh-rejected' && (record.accessExpiresAt ?? 0) > clock.now()
    const { outcome, record: now } = await shared.commit((current) => {
      if (!isSameGeneration(current, record)) return undefined
      if (lingers) return { ...current, rejected: true, attempt: undefined }
      if (current.status !== 'unknown') return ended(current, drawn, how)
      // Nobody was signed in as far as this browser knew: nothing to tell. But where an answer was lost, the cookie of a
      // login that is yet to be written may be spent with this key (E2).
      return ended(current, current.failures ? { ...drawn, key: current.key } : drawn)
    })
    // Another tab was quicker after all, in the very last moment.
    if (outcome === 'lost') return (await takenOver(record, now)) ?? (await postpone(record))
    siblings.hint()
    return { record: now, isOurs: true }
  }

  async function postpone(
    record: SessionRecord,
    why: Omit<Unavailable, 'type'> & { readonly cause?: unknown } = {},
  ): Promise<Report> {
    const { retryAfterMs, status = null, cause } = why
    const pause = pauseAfter(record, clock.now(), ports.random(), retryAfterMs)
    const { outcome, record: now } = await shared.commit((current) =>
      isSameGeneration(current, record) ? { ...current, ...pause, attempt: undefined } : undefined,
    )
    const { retryAt } = pause
    return { record: now, isOurs: outcome === 'written', retryAt, cause, failedWith: status }
  }

  return {
    open: async (record) => (isSecret ? await storage.open(record.sealed) : null),
    run,
    isPossible: () => !isSecret || shared.canKeepSecrets(),
  }
}

/** One step, whose key is still known. Any other key would be taken for a thief's. */
function isStepBehind(sequence: number | undefined, known: number | null): sequence is number {
  return sequence !== undefined && sequence + 1 === known
}

function isPast(sequence: number | undefined, known: number | null): sequence is number {
  return sequence !== undefined && known !== null && sequence > known
}
