import type { Dispose } from '../../ports.ts'
import type { SessionStart, SessionState, SessionWarning } from '../../session-state.ts'
import type { Tokens } from '../../tokens.ts'
import { accessEndsAt, endsAt, expiryOf } from '../record/expiry.ts'
import { freshness, scheduleOf, type Schedule } from '../record/freshness.ts'
import { isAhead } from '../record/further-on.ts'
import { readNewer } from '../record/read-newer.ts'
import { isNewer, type SessionRecord } from '../record/record.ts'
import { isSameState, stateOf } from '../record/snapshot.ts'
import { plus, sessionMs, wallMs, type SessionMs, type WallMs } from '../time/moments.ts'
import type { Time } from '../time/time.ts'

const TRUSTED_FOR_MS = 15_000
// So many refreshes may fail after a login without an answer before the server is believed that no user is signed in.
const MOST_DOUBTS = 2
const LONG_AGO = sessionMs(-Infinity)

/** The tokens this tab holds, and the generation they belong to. */
export interface Held extends Schedule {
  readonly session: string
  readonly generation: number
  readonly tokens: Tokens
}

/** A change of the record, as a tab has learned of it. */
export interface RecordChange {
  readonly next: SessionRecord | null
  readonly previous: SessionRecord | null
  readonly by: SessionStart['initiator']
  /** The tab was still looking for its session. */
  readonly isRestoring: boolean
  /** For this page no user is signed in, though the record says that one may be. */
  readonly isDenied: boolean
}

/** What the state says of a page that waits for its user. */
export type Waiting = Pick<SessionState, 'parked' | 'cover'>

/** What a tab knows: the record as it saw it last, the tokens it holds, and the state the application sees. */
export interface Tab {
  readonly id: string
  readonly record: SessionRecord | null
  /** Always of the session of `record`. */
  readonly held: Held | null
  readonly state: SessionState
  /** Takes in a record, unless a newer one is known, and the tokens of its generation. */
  observe(record: SessionRecord | null, by: SessionStart['initiator'], tokens?: Tokens): void
  /** The tokens at hand, if they are of `session` and newer than generation `used`. */
  heldPast(session: string, used: number): Held | undefined
  /** Takes in tokens of the record's generation, if its session is the current one and they are newer than those held. */
  hold(record: SessionRecord, tokens: Tokens): void
  /** Opens a warning, or closes it. */
  warn(warning: SessionWarning | null): void
  /** Shows how many calls wait, and what the page is to be covered for. */
  stay(waiting: Waiting): void
  /** Restoring is over: from now on a session that it has not found counts as none. */
  settle(): void
  /**
   * The server has answered a refresh of `asked`, though not with a refusal, and gave no tokens: this page does not ask again
   * by itself. The record stays as it is. After a login without an answer, two failures before that have no effect: the
   * sign-in may not be known everywhere yet.
   */
  deny(asked: SessionRecord): void
  /** Whether {@link deny} was called for the session of `record`. */
  readonly isDenied: boolean
  /** Whether a request may be sent without a look at the record (G4). */
  isCurrent(now: SessionMs): boolean
  /**
   * Whether the tokens at hand may be sent at once: they are fresh, and the record was looked at. Each request asks, so this
   * takes one look at one clock. May be `false` for a while after the system clock was set back.
   */
  maySend(now: WallMs): boolean
  /** The record was looked at. */
  trust(lookedAt: SessionMs): void
  /** The page is frozen or leaves: what it knows may be outdated when it goes on, looks under way included. */
  distrust(): void
  /** How often that has happened. */
  readonly absences: number
  /** Calls `listener` after each change of record or tokens, at once. */
  watch(listener: () => void): Dispose
  /** Resolves to tokens newer than generation `used` of `session` as soon as they are held, or to `null` when it is over. */
  whenPast(session: string, used: number, signal: AbortSignal): Promise<Held | null>
}

/** Creates a tab that knows nothing yet. */
export function createTab(deps: {
  readonly id: string
  readonly time: Time
  readonly leadMs: number
  readonly chance: () => number
  /** Called with each new record, before `state` and the watchers follow. */
  readonly onRecord: (change: RecordChange) => void
  /** Called after each change of `state`. */
  readonly onState: () => void
}): Tab {
  const { id, time, leadMs, chance, onRecord, onState } = deps
  const watchers = new Set<() => void>()
  let isRestoring = true
  /** A login without an answer, here or in another tab, waits for the server to confirm it. */
  let isUnconfirmed = false
  let warning: SessionWarning | null = null
  let waiting: Waiting = { parked: null, cover: null }
  let lookedAt = LONG_AGO
  let overAt = sessionMs(Infinity)
  let goodFrom = wallMs(Infinity)
  let goodUntil = goodFrom
  // Data, not accessors: each request reads it, and those of two sessions would be two kinds of object.
  const tab: { -readonly [Field in keyof Tab]: Tab[Field] } = {
    id,
    record: null,
    held: null,
    state: stateOf(null, undefined, id, isRestoring, { at: null, warning, ...waiting }),
    absences: 0,
    observe,
    heldPast,
    hold(of, tokens) {
      if (of.session === tab.record?.session) take(of, tokens)
      update()
    },
    warn(next) {
      warning = next
      updateState()
    },
    stay(next) {
      waiting = next
      updateState()
    },
    settle() {
      isRestoring = false
      update()
    },
    deny({ failures = 0 }) {
      isUnconfirmed &&= failures < MOST_DOUBTS
      tab.isDenied = !isUnconfirmed
    },
    isDenied: false,
    // A `lookedAt` in the future is not trusted: a new session may have begun at an earlier time of its own.
    isCurrent: (now) => now >= lookedAt && now < Math.min(lookedAt + TRUSTED_FOR_MS, overAt),
    maySend: (now) => now >= goodFrom && now < goodUntil,
    trust(at) {
      lookedAt = at
      planSends()
    },
    distrust() {
      lookedAt = LONG_AGO
      tab.absences++
      planSends()
    },
    watch,
    whenPast,
  }

  function observe(
    found: SessionRecord | null,
    by: SessionStart['initiator'],
    tokens?: Tokens,
  ): void {
    const previous = tab.record
    // A look that began before something newer was learned.
    if (found && isAhead(previous, found)) return
    const isUsable = (newer: SessionRecord): boolean =>
      !!tokens ||
      (tab.held?.session === newer.session && freshness(tab.held, time.sessionNow()) !== 'expired')
    const next = found && isNewer(found) ? readNewer(found, previous, isUsable(found)) : found
    const isNewSession = next?.session !== previous?.session
    isUnconfirmed =
      next?.status === 'unknown' &&
      (isUnconfirmed || by === 'this-tab' || previous?.status === 'logged-in')
    tab.isDenied &&= !isNewSession && next?.status === 'unknown'
    tab.record = next
    if (next) {
      time.follow(next, previous)
      overAt = endsAt(next)
    }
    if (isNewSession) {
      tab.held = null
      warning = null
    }
    if (next && tokens) take(next, tokens)
    onRecord({ next, previous, by, isRestoring, isDenied: tab.isDenied })
    update()
  }

  function heldPast(session: string, used: number): Held | undefined {
    const { held } = tab
    return held?.session === session && held.generation > used ? held : undefined
  }

  function take(of: SessionRecord, tokens: Tokens): void {
    const { session, generation, lifetimeMs, renewInMs } = of
    if (heldPast(session, generation - 1)) return
    tab.held = {
      session,
      generation,
      tokens,
      ...scheduleOf(accessEndsAt(of), lifetimeMs, leadMs, chance(), renewInMs),
    }
  }

  function planSends(): void {
    const now = time.sessionNow()
    const renewAt = tab.held?.renewAt ?? LONG_AGO
    goodFrom = time.now()
    goodUntil = tab.isCurrent(now)
      ? plus(goodFrom, Math.min(lookedAt + TRUSTED_FOR_MS, overAt, renewAt) - now)
      : goodFrom
  }

  function update(): void {
    planSends()
    updateState()
    for (const watcher of [...watchers]) watcher()
  }

  function updateState(): void {
    const { record, held } = tab
    const expiry = record && expiryOf(record)
    const next = stateOf(record, held?.tokens, id, isRestoring || isUnconfirmed, {
      at: expiry && time.toWall(expiry.at),
      warning,
      ...waiting,
    })
    if (isSameState(next, tab.state)) return
    tab.state = next
    onState()
  }

  function watch(listener: () => void): Dispose {
    watchers.add(listener)
    return () => watchers.delete(listener)
  }

  function whenPast(session: string, used: number, signal: AbortSignal): Promise<Held | null> {
    return new Promise((resolve) => {
      const unwatch = watch(check)
      signal.addEventListener('abort', unwatch)
      check()

      function check(): void {
        const held = heldPast(session, used)
        if (held) resolve(held)
        else if (tab.record?.session !== session) resolve(null)
      }
    })
  }

  return tab
}
