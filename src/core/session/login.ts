import { SessionError } from '../../errors.ts'
import type { Ports } from '../../ports.ts'
import type { Tokens, TokenStorage } from '../../tokens.ts'
import type { Transport } from '../../transport.ts'
import { isSpent } from '../record/further-on.ts'
import { isNewer, type SessionRecord } from '../record/record.ts'
import { active, draw, opened, renewed, type Draw, type Limit } from '../record/transitions.ts'
import type { Refresh } from '../refresh/refresher.ts'
import type { Ledger } from '../shared/ledger.ts'
import { sessionMs, type WallMs } from '../time/moments.ts'
import type { Time } from '../time/time.ts'
import type { SignOutNotice } from './sign-out-notice.ts'
import type { Tab } from './tab.ts'

/** Begins a session with the answer of a login call; without one, with the cookie that the server has just set. */
export type Login = (answer: unknown) => Promise<void>

/** Creates the login of one tab. */
export function createLogin(deps: {
  readonly ports: Pick<Ports, 'randomId'>
  readonly time: Time
  readonly transport: Transport
  readonly storage: TokenStorage
  readonly tab: Tab
  readonly ledger: Ledger
  readonly refresh: Refresh
  readonly notice: SignOutNotice
  readonly limited: Limit
}): Login {
  const { ports, time, transport, storage, tab, ledger, refresh, notice, limited } = deps

  async function loginByAnswer(answer: unknown): Promise<void> {
    const tokens = transport.read(answer)
    const now = time.now()
    const sealed = await storage.seal(tokens)
    const drawn = draw(ports.randomId)
    const nextKey = ports.randomId()
    // A new session starts its own time.
    const renewal = { tokens, sealed, startedAt: { wall: now, session: sessionMs(now) }, nextKey }
    await begin((current) => {
      if (isSameSignIn(current, tokens))
        return isSpent(tokens, current) ? current : renewed(current, renewal)
      const next = open(current, drawn, now)
      return renewed(next, { ...renewal, nextKey: next.key })
    }, tokens)
  }

  async function loginByCookie(): Promise<void> {
    const drawn = draw(ports.randomId)
    await begin((current) => open(current, drawn, time.now()))
    const result = await refresh(drawn.session, 0)
    if ('retryAt' in result)
      throw new SessionError('refresh_unavailable', 'The first token could not be fetched', result)
    // The cookie may have been refused to this tab, or to another one that was quicker to ask.
    if (tab.state.status !== 'logged-in')
      throw new SessionError('no_session', 'The server knows of no session')
  }

  /** If storage was cleared, this tab still ignores a record that is behind the one it knows: the clock may have been set back. */
  function open(current: SessionRecord | null, drawn: Draw, now: WallMs): SessionRecord {
    const next = opened(current, drawn, now)
    return { ...next, epoch: Math.max(next.epoch, (tab.record?.epoch ?? 0) + 1) }
  }

  /** A user who logs in is active. */
  function inUse(record: SessionRecord): SessionRecord {
    if (record.status !== 'logged-in') return record
    // A new session has a time of its own, which may be behind that of the last one.
    const now = record.session === tab.record?.session ? time.sessionNow() : record.seenAt
    return active(limited(record, now), now)
  }

  async function begin(
    change: (current: SessionRecord | null) => SessionRecord,
    tokens?: Tokens,
  ): Promise<void> {
    const replaced: { record: SessionRecord | null } = { record: null }
    const { absences } = tab
    const lookedAt = time.sessionNow()
    const { outcome } = await ledger.write(
      (current) => {
        replaced.record = current
        return inUse(change(current))
      },
      { secret: storage.kind === 'record', tokens, replacesNewer: true },
    )
    tab.settle()
    if (outcome !== 'written')
      throw new SessionError('refresh_unavailable', 'This browser could not store the session')
    // The new record does not remember how the last session ended (L1). The cookies of that are the server's business at
    // login; its refresh token is known to no other tab. "Everywhere" would include the session that begins here.
    const { record: last } = replaced
    if (last?.tombstone?.sealed)
      void notice.send({ ...last, tombstone: { ...last.tombstone, everywhere: false } })
    // The write has read the record: the first request need not look again.
    if (tab.absences === absences) tab.trust(lookedAt)
  }

  // Where tokens come in bodies, the transport refuses to read a missing answer, before anything is written.
  const mayLackAnswer = storage.kind === 'memory' || transport.admitsAnyone
  return (answer) =>
    answer === undefined && mayLackAnswer ? loginByCookie() : loginByAnswer(answer)
}

function isSameSignIn(
  current: SessionRecord | null,
  { sessionId }: Tokens,
): current is SessionRecord {
  const isKnown = current?.status === 'logged-in' && !isNewer(current)
  return isKnown && current.sid !== null && current.sid === sessionId
}
