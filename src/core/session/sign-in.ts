import { SessionError } from '../../errors.ts'
import type { Ports } from '../../ports.ts'
import { finallyExpiring, type Tokens, type TokenStorage } from '../../tokens.ts'
import type { Transport } from '../../transport.ts'
import type { Adoption } from '../refresh/adoption.ts'
import { joined, withActivity } from '../record/presence.ts'
import { draw, opened, renewed, type SessionRecord } from '../record/record.ts'
import type { Refresh } from '../refresh/refresher.ts'
import type { SessionClock } from '../time/session-clock.ts'
import type { SharedRecord } from '../shared/shared-record.ts'
import type { Siblings } from '../shared/siblings.ts'
import type { SignOut } from './sign-out.ts'
import type { Tab } from './tab.ts'
import { freshness } from '../record/freshness.ts'

const ASK_SIBLINGS_MS = [60]

/** The ways in which a session begins in this tab. */
export interface SignIn {
  /** Finds the session that the browser already has, if any. Resolves after the first attempt, whatever it came to. */
  restore(): Promise<void>
  /** Begins a session with the answer of a login call; without one, with the cookie that the server has just set. */
  login(answer: unknown): Promise<void>
}

/** Creates the sign-in of one tab. */
export function createSignIn(deps: {
  readonly ports: Ports
  readonly transport: Transport
  readonly storage: TokenStorage
  readonly tab: Tab
  readonly shared: SharedRecord
  readonly siblings: Siblings
  readonly adoption: Adoption
  readonly refresh: Refresh
  readonly signOut: SignOut
  readonly sessionClock: SessionClock
  readonly idle: { readonly afterMs: number } | undefined
  readonly disposed: AbortSignal
}): SignIn {
  const { ports, transport, storage, tab, shared, siblings, adoption, refresh, signOut, disposed } =
    deps
  const { sessionClock, idle } = deps
  const { clock, page } = ports
  // Tokens that script cannot read may be there without this browser's record knowing.
  const mayHaveCookie = storage.kind === 'memory'
  const { admitsAnyone = false } = transport

  async function restore(): Promise<void> {
    const record = await findRecord()
    // What was over before the page opened is not shown by it.
    await signOut.end(undefined, record)
    // Nothing was there: that says nothing of a login that was made meanwhile.
    if (!record || tab.record?.status === 'logged-out') return
    tab.observe(record, 'restored')
    void signOut.tellServer()
    if (record.status === 'logged-out' || tab.record?.session !== record.session) return

    const isFresh = (record.accessExpiresAt ?? 0) > clock.now()
    await adoption.adopt(record, isFresh ? ASK_SIBLINGS_MS : [])
    // Whoever was disposed of at once, as React's StrictMode does, leaves it to the next one.
    if (disposed.aborted) return
    const { held } = tab
    if (!held || freshness(held, clock.now()) === 'expired') {
      await refresh(record.session, held?.generation ?? record.generation, 'restored')
    }
  }

  /** What the tabs agree on; where that says nothing of a cookie that may be there, a session to be asked for. */
  async function findRecord(): Promise<SessionRecord | null> {
    const { hintCookie } = transport
    const hinted = hintCookie === undefined ? undefined : page.hasCookie(hintCookie)
    const drawn = draw(ports.randomId)
    const isWorthAsking = (record: SessionRecord | null): boolean =>
      (mayHaveCookie || admitsAnyone) &&
      (record
        ? // A sign-out that the server has not heard of leaves its cookies behind (L1).
          record.status === 'logged-out' && (admitsAnyone || hinted === true) && !record.tombstone
        : hinted !== false)

    const record = await shared.look()
    if (!isWorthAsking(record)) return record
    // Written before it is tried: the key must survive a reload in the middle of it (E2).
    const { record: now } = await shared.commit((current) => {
      if (!isWorthAsking(current)) return undefined
      const key = firstKeyAfter(current) ?? drawn.key
      // Should nobody be signed in after all, the last end is still to be told.
      return { ...opened(current, { ...drawn, key }, clock.now()), end: current?.end }
    })
    return now
  }

  async function login(answer: unknown): Promise<void> {
    if (answer === undefined) return await loginByCookie()
    const read = transport.read(answer)
    const tokens = transport.expiredIsFinal ? finallyExpiring(read) : read
    const now = clock.now()
    const sealed = await storage.seal(tokens)
    const drawn = draw(ports.randomId)
    const renewal = {
      tokens,
      sealed,
      startedAt: { wall: now, session: now },
    }
    const nextKey = ports.randomId()
    await begin((current) => {
      if (!isSameSignIn(current, tokens)) {
        const firstKey = firstKeyAfter(current) ?? nextKey
        return renewed(opened(current, drawn, now), { ...renewal, nextKey: firstKey })
      }
      return isFurtherOn(current, tokens) ? current : renewed(current, { ...renewal, nextKey })
    }, tokens)
  }

  async function loginByCookie(): Promise<void> {
    const drawn = draw(ports.randomId)
    await begin((current) =>
      opened(current, { ...drawn, key: firstKeyAfter(current) ?? drawn.key }, clock.now()),
    )
    const result = await refresh(drawn.session, 0)
    if (result.retryAt !== undefined) {
      throw new SessionError('refresh_unavailable', 'The first token could not be fetched', result)
    }
    // Refused to this tab, or to another one that was quicker to ask.
    if (tab.state.status !== 'logged-in')
      throw new SessionError('no_session', 'The server knows of no session')
  }

  /** Whoever logs in is there. */
  function inUse(record: SessionRecord): SessionRecord {
    if (record.status !== 'logged-in') return record
    // A new session has a time of its own, which may be behind that of the last one.
    const now = record.session === tab.record?.session ? sessionClock.now() : record.seenAt
    return withActivity(joined(record, idle?.afterMs, now), now)
  }

  async function begin(
    change: (current: SessionRecord | null) => SessionRecord,
    tokens?: Tokens,
  ): Promise<void> {
    // A new session makes the record forget how the last one ended (L1). Its cookies are the server's business at
    // login; its refresh token is known to nobody else any more.
    const { record: last } = tab
    const { tombstone } = last ?? {}
    // Of that session alone: "everywhere" would mean the one that begins here, too.
    if (last && tombstone?.sealed)
      void signOut.tell({ ...last, tombstone: { ...tombstone, everywhere: false } })
    const { outcome, record } = await shared.commit(
      (current) => inUse(change(current)),
      storage.kind === 'record',
    )
    tab.settle()
    const isOurs = outcome === 'written' && !(record && tokens && isFurtherOn(record, tokens))
    // What this login did not write tells of other tokens than its own (E1).
    tab.observe(
      record,
      outcome === 'written' ? 'this-tab' : 'other-tab',
      isOurs ? tokens : undefined,
    )
    if (outcome !== 'written')
      throw new SessionError('refresh_unavailable', 'This browser could not store the session')
    siblings.hint()
    if (isOurs && record && tokens) siblings.answer(record, tokens.accessToken)
  }

  return { restore, login }
}

/**
 * The key that the session's first refresh must have, if there is one: a tab that has just opened, and only asks whether
 * anybody is signed in, may be renewing the new cookie already; that of an earlier one of two logins made at once,
 * too. Whoever repeats that step sends the same key (E2).
 */
function firstKeyAfter(current: SessionRecord | null): string | undefined {
  return current && current.generation < 2 ? current.key : undefined
}

function isSameSignIn(
  current: SessionRecord | null,
  { sessionId }: Tokens,
): current is SessionRecord {
  return current?.status === 'logged-in' && current.sid !== null && current.sid === sessionId
}

/** Whether the session was renewed before its login was told here: what that brought is spent already. */
function isFurtherOn({ seq }: SessionRecord, { sequence }: Tokens): boolean {
  return seq !== null && sequence !== undefined && seq > sequence
}
