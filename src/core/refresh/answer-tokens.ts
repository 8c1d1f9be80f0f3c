import type { Ports } from '../../ports.ts'
import { madeAtS } from '../../retry-after.ts'
import { claimsOf, isRepeat, type Tokens, type TokenStorage } from '../../tokens.ts'
import type { AnswerTokens } from '../../transport.ts'
import { isForeign } from '../record/is-foreign.ts'
import type { SessionRecord } from '../record/record.ts'
import { renewed } from '../record/transitions.ts'
import type { Held, Tab } from '../session/tab.ts'
import type { Ledger } from '../shared/ledger.ts'
import type { Time } from '../time/time.ts'

/** What {@link AnswerTokens} holds. */
export interface AnswerTokensFeature extends AnswerTokens {
  readonly read: (response: Response) => Tokens | null
  /** Returns what takes over, for all tabs, the tokens in the answer to a request with `used`. */
  readonly start: (deps: AnswerTokensDeps) => (used: Held, response: Response) => void
}

/** What the replacement of tokens works with. */
export interface AnswerTokensDeps {
  readonly ports: Pick<Ports, 'randomId'>
  readonly time: Time
  readonly storage: TokenStorage
  readonly tab: Tab
  readonly ledger: Ledger
}

/**
 * Takes tokens from the answers to the application's requests. `read` returns those in the headers of one answer, or
 * `null`, and must leave the body to the caller. The tokens replace those of the session in all tabs, unless newer ones
 * are there already: when answers overtake each other, the token that the server made last stays. A token that does not say
 * when it was made (`iat`) is as old as its answer, by the header `Date` if script may read it. The answer of a login tells
 * no time: until the next renewal, an old answer out of the HTTP cache may replace an opaque token, unless the API sends
 * `Cache-Control: no-store`. Include the refresh token if it stays valid.
 */
export function answerTokens(read: (response: Response) => Tokens | null): AnswerTokens {
  function start({ ports, time, storage, tab, ledger }: AnswerTokensDeps) {
    async function replace(used: Held, brought: Tokens, { headers }: Response): Promise<void> {
      const tokens = { ...brought, tokenType: brought.tokenType ?? used.tokens.tokenType }
      const ownS = claimsOf(tokens.accessToken)?.iat
      // A token that does not say when it was made is as old as its answer, which may come out of the HTTP cache. Without a
      // date that script can read, the order of the answers counts.
      const issuedAtS = ownS ?? (madeAtS(headers) || undefined)
      const isAfter = (knownS = -Infinity): boolean =>
        ownS === undefined ? (issuedAtS ?? Infinity) >= knownS : ownS > knownS
      const isWanted = (record: SessionRecord | null): record is SessionRecord =>
        record?.session === used.session &&
        isAfter(record.issuedAtS) &&
        !isForeign(record, tokens, used.tokens)

      // Most answers within one second bring the token that is here already.
      if (!isWanted(tab.record)) return
      // The server makes the token as it answers, however long the request took to be sent.
      const startedAt = { wall: time.now(), session: time.sessionNow() }
      const nextKey = ports.randomId()
      const sealed = await storage.seal(tokens)
      await ledger.write(
        (current) =>
          isWanted(current)
            ? renewed(current, { tokens, startedAt, nextKey, sealed, issuedAtS })
            : undefined,
        { tokens, secret: storage.kind === 'record' },
      )
    }

    return (used: Held, response: Response): void => {
      const brought = read(response)
      // Tokens that cannot be sealed are not kept; the session goes on with those it has.
      if (brought && !isRepeat(brought, used.tokens))
        void replace(used, brought, response).catch(() => undefined)
    }
  }

  const feature: AnswerTokensFeature = { read, start }
  return feature
}
