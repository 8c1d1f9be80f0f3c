import type { Ports } from '../../ports.ts'
import { claimsOf, finallyExpiring, type Tokens, type TokenStorage } from '../../tokens.ts'
import type { Transport } from '../../transport.ts'
import { isForeign } from '../record/is-foreign.ts'
import type { SessionRecord } from '../record/record.ts'
import { renewed } from '../record/transitions.ts'
import type { Held, Tab } from '../session/tab.ts'
import type { Ledger } from '../shared/ledger.ts'
import type { Time } from '../time/time.ts'

/** Takes over, for all tabs, the tokens that came with the answer to a request with `used`. */
export type Replace = (used: Held, brought: Tokens) => void

/** Creates the replacement of one tab. When answers overtake each other, the token that the server made last stays. */
export function createReplacement(deps: {
  readonly ports: Pick<Ports, 'randomId'>
  readonly time: Time
  readonly transport: Transport
  readonly storage: TokenStorage
  readonly tab: Tab
  readonly ledger: Ledger
}): Replace {
  const { ports, time, transport, storage, tab, ledger } = deps

  async function replace(used: Held, brought: Tokens): Promise<void> {
    const tokens = transport.expiredIsFinal ? finallyExpiring(brought) : brought
    const issuedAtS = claimsOf(tokens.accessToken)?.iat ?? Infinity
    const isWanted = (record: SessionRecord | null): record is SessionRecord =>
      record?.session === used.session &&
      record.status === 'logged-in' &&
      issuedAtS > (record.issuedAtS ?? -Infinity) &&
      !isForeign(record, used.tokens, tokens)

    // Most answers within one second bring the token that is here already.
    if (!isWanted(tab.record)) return
    // The server makes the token as it answers, however long the request took to be sent.
    const startedAt = { wall: time.now(), session: time.sessionNow() }
    const nextKey = ports.randomId()
    const sealed = await storage.seal(tokens)
    await ledger.write(
      (current) =>
        isWanted(current) ? renewed(current, { tokens, startedAt, nextKey, sealed }) : undefined,
      { tokens, secret: storage.kind === 'record' },
    )
  }

  return (used, brought) => {
    // Tokens that cannot be sealed are not kept; the session goes on with those it has.
    void replace(used, brought).catch(() => undefined)
  }
}
