import type { Ports } from '../../ports.ts'
import { claimsOf, finallyExpiring, type Tokens, type TokenStorage } from '../../tokens.ts'
import type { Transport } from '../../transport.ts'
import { isForeign } from '../record/is-foreign.ts'
import { renewed, type SessionRecord } from '../record/record.ts'
import type { SessionClock } from '../time/session-clock.ts'
import type { SharedRecord } from '../shared/shared-record.ts'
import type { Siblings } from '../shared/siblings.ts'
import type { Held, Tab } from '../session/tab.ts'

/** Takes over, for all tabs, the tokens that the answer to a request with `shown` has brought. */
export type Replacement = (shown: Held, brought: Tokens) => void

/** Creates the replacement of one tab: of answers that overtake each other, the token that the server made last stays. */
export function createReplacement(deps: {
  readonly ports: Pick<Ports, 'clock' | 'randomId'>
  readonly transport: Transport
  readonly storage: TokenStorage
  readonly tab: Tab
  readonly shared: SharedRecord
  readonly siblings: Siblings
  readonly sessionClock: SessionClock
}): Replacement {
  const { ports, transport, storage, tab, shared, siblings, sessionClock } = deps

  async function replace(shown: Held, brought: Tokens): Promise<void> {
    const tokens = transport.expiredIsFinal ? finallyExpiring(brought) : brought
    const issuedAtS = claimsOf(tokens.accessToken)?.iat ?? Infinity
    const isWanted = (record: SessionRecord | null): record is SessionRecord =>
      record?.session === shown.session &&
      record.status === 'logged-in' &&
      issuedAtS > (record.issuedAtS ?? -Infinity) &&
      !isForeign(record, shown.tokens, tokens)

    // Most answers of a busy second bring what is here already.
    if (!isWanted(tab.record)) return
    // A server makes the token as it answers, however long the request took to be sent.
    const startedAt = { wall: ports.clock.now(), session: sessionClock.now() }
    const renewal = {
      tokens,
      startedAt,
      nextKey: ports.randomId(),
      sealed: await storage.seal(tokens),
    }
    const { outcome, record } = await shared.commit(
      (current) => (isWanted(current) ? renewed(current, renewal) : undefined),
      storage.kind === 'record',
    )
    if (outcome !== 'written' || !record) return
    tab.observe(record, 'this-tab', tokens)
    siblings.hint()
    siblings.answer(record, tokens.accessToken)
  }

  return (shown, brought) => {
    // What cannot be sealed is not kept; the session goes on with what it has.
    void replace(shown, brought).catch(() => undefined)
  }
}
