import { SessionError } from '../../errors.ts'
import type { Clock, Dispose } from '../../ports.ts'
import type {
  SessionEvents,
  SessionStart,
  SessionState,
  SessionWarning,
} from '../../session-state.ts'
import type { Tokens } from '../../tokens.ts'
import type { EventQueue } from './event-queue.ts'
import { scheduleOf, type Schedule } from '../record/freshness.ts'
import { endsAt } from '../record/expiry.ts'
import { isAhead, type SessionRecord } from '../record/record.ts'
import type { SessionClock } from '../time/session-clock.ts'
import { endOf, isSameState, stateOf } from '../record/snapshot.ts'

const TRUSTED_FOR_MS = 15_000

/** The tokens this tab holds, and the generation they belong to. */
export interface Held extends Schedule {
  readonly session: string
  readonly generation: number
  readonly tokens: Tokens
}

/** What this tab knows: the record as last seen, the tokens at hand, and the state the application sees. */
export interface Tab {
  readonly id: string
  readonly record: SessionRecord | null
  /** Always of the session of `record`. */
  readonly held: Held | null
  readonly state: SessionState
  /** Aborts what is in flight for the session of now, when it is over. */
  readonly signal: AbortSignal
  /** The one way in for news. Tells what changed, and nothing twice. */
  observe(record: SessionRecord | null, by: SessionStart['initiator'], tokens?: Tokens): void
  /** Whether the tokens at hand are of this record's generation, or newer. */
  holds(record: SessionRecord): boolean
  /** Takes over tokens of the record's generation, as far as they are newer than those at hand, and of the session of now. */
  hold(record: SessionRecord, tokens: Tokens): void
  /** Opens a warning, or closes it. */
  warn(warning: SessionWarning | null): void
  /** Restoring is over: from now on an unknown session counts as none. */
  settle(): void
  /** Whether a request may go out on what this tab knows, without a look at the record (G4). */
  isCurrent(now: number): boolean
  /** The record was looked at. */
  trust(lookedAt: number): void
  /** The page stands still or leaves: what it knows grows old, looks under way included. */
  distrust(): void
  /** How often that has happened. */
  readonly absences: number
  /** Calls `listener` after each change of record or tokens, at once. */
  watch(listener: () => void): Dispose
  /** Settles when the tokens at hand are newer than generation `used` of `session`, or the session is over. */
  whenPast(session: string, used: number, signal: AbortSignal): Promise<void>
}

/** Creates what a tab knows, which is nothing yet. */
export function createTab(deps: {
  readonly id: string
  readonly clock: Clock
  readonly sessionClock: SessionClock
  readonly events: EventQueue<SessionEvents & { change: undefined }>
  readonly leadMs: number
  readonly chance: () => number
}): Tab {
  const { id, clock, sessionClock, events, leadMs, chance } = deps
  const watchers = new Set<() => void>()
  /** The last record that said for certain whether somebody is signed in. */
  let certain: SessionRecord | null = null
  let restoring = true
  let warning: SessionWarning | null = null
  let flight = new AbortController()
  let lookedAt = -Infinity
  let overAt = Infinity
  // Data, and no accessors: each request reads it, and those of two sessions would be two kinds of object.
  const tab: { -readonly [Field in keyof Tab]: Tab[Field] } = {
    id,
    record: null,
    held: null,
    state: stateOf(null, undefined, id, restoring, { at: null, warning }),
    signal: flight.signal,
    absences: 0,
    observe,
    holds,
    hold(of, tokens) {
      if (of.session === tab.record?.session) take(of, tokens)
      refreshState()
    },
    warn(next) {
      warning = next
      updateState()
    },
    settle() {
      restoring = false
      refreshState()
    },
    // A clock set back makes the last look one of the future, which is none.
    isCurrent: (now) => now >= lookedAt && now < Math.min(lookedAt + TRUSTED_FOR_MS, overAt),
    trust(at) {
      lookedAt = at
    },
    distrust() {
      lookedAt = -Infinity
      tab.absences++
    },
    watch,
    whenPast,
  }

  function observe(
    next: SessionRecord | null,
    by: SessionStart['initiator'],
    tokens?: Tokens,
  ): void {
    const previous = tab.record
    // A look begun before something newer was learned.
    if (next && isAhead(previous, next)) return
    tab.record = next
    if (next) followTime(next, previous)
    if (next?.session !== previous?.session) {
      // Before the abort: whoever hears of it may ask for something at once.
      tab.held = null
      warning = null
      if (previous) leave(next)
    }
    if (next && tokens) take(next, tokens)
    if (next?.status !== 'unknown') announce(next, by)
    refreshState()
  }

  function followTime(next: SessionRecord, previous: SessionRecord | null): void {
    sessionClock.follow(next.seenAt, next.session !== previous?.session)
    // Limits are in session time, which may run ahead of the wall clock, never behind it.
    overAt = endsAt(next) - sessionClock.now() + clock.now()
  }

  /** No late answer may land in the next session's page. */
  function leave(next: SessionRecord | null): void {
    const over = flight
    flight = new AbortController()
    tab.signal = flight.signal
    over.abort(sessionOver(next))
  }

  function announce(next: SessionRecord | null, by: SessionStart['initiator']): void {
    const before = certain
    certain = next
    if (next && next.session === before?.session) {
      if (next.generation === before.generation) return
      const { accessExpiresAt } = next
      return events.emit('refreshed', { accessExpiresAt, by: by === 'other-tab' ? by : 'this-tab' })
    }
    // The same user signed in again: nothing ended that anybody could see.
    const sameUser =
      next?.status === 'logged-in' && next.subject !== null && next.subject === before?.subject
    if (before?.status === 'logged-in' && !sameUser)
      events.emit('ended', endOf(next, before, id, by))
    if (next?.status === 'logged-in')
      events.emit('started', {
        subject: next.subject,
        initiator: restoring && by === 'other-tab' ? 'restored' : by,
      })
  }

  function holds({ session, generation }: SessionRecord): boolean {
    const { held } = tab
    return held?.session === session && held.generation >= generation
  }

  function take(of: SessionRecord, tokens: Tokens): void {
    if (holds(of)) return
    const { session, generation, accessExpiresAt, lifetimeMs, renewInMs } = of
    tab.held = {
      session,
      generation,
      tokens,
      ...scheduleOf(accessExpiresAt, lifetimeMs, leadMs, chance(), renewInMs),
    }
  }

  function refreshState(): void {
    updateState()
    for (const watcher of [...watchers]) watcher()
  }

  function updateState(): void {
    const { record, held } = tab
    const at = record ? endsAt(record) : Infinity
    const next = stateOf(record, held?.tokens, id, restoring, {
      at: at < Infinity ? sessionClock.toWall(at) : null,
      warning,
    })
    if (!isSameState(next, tab.state)) {
      tab.state = next
      events.emit('change', undefined)
    }
  }

  function watch(listener: () => void): Dispose {
    watchers.add(listener)
    return () => watchers.delete(listener)
  }

  function whenPast(session: string, used: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const unwatch = watch(check)
      signal.addEventListener('abort', unwatch)
      check()

      function check(): void {
        const { record, held } = tab
        const isNewer = held?.session === session && held.generation > used
        if (isNewer || record?.session !== session) resolve()
      }
    })
  }

  return tab
}

/**
 * The generation beyond which a tab needs tokens: that of the tokens it holds. To one that holds none, those of the
 * record itself are new, as long as they are good: another tab can hand them over.
 */
export function neededBeyond({ held }: Tab, record: SessionRecord, now: number): number {
  if (held?.session === record.session) return held.generation
  const { generation, accessExpiresAt } = record
  return generation > 0 && (accessExpiresAt ?? Infinity) > now ? generation - 1 : generation
}

/** What a request hears whose session is not the one of now. */
export function sessionOver(now: SessionRecord | null): SessionError {
  return now && now.status !== 'logged-out'
    ? new SessionError('session_changed', 'Another session has begun since this request was made')
    : new SessionError('session_ended', 'The session this request was made for is over', {
        reason: now?.end?.reason,
      })
}
