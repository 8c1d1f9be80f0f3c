import { answerTokens } from '../core/refresh/answer-tokens.ts'
import { misuse, ownOptions } from '../misuse.ts'
import { recordStorage } from '../storage/record-storage.ts'
import { bearer, type Tokens } from '../tokens.ts'
import type { Transport } from '../transport.ts'
import { readTokenResponse } from './read-token-response.ts'
import { judgeRefresh, readRefused, type RefusalOptions } from './refresh-answer.ts'
import { renewedUntilExpiry } from './self-renewing.ts'

/** Options of {@link slidingTransport}. */
export interface SlidingTransportOptions extends RefusalOptions {
  /** The response header with a replacement token. An API of another origin must expose it by CORS. @default 'x-access-token' */
  readonly header?: string | undefined
  /** Reads the answer to the login call. @default readTokenResponse */
  readonly read?: ((answer: unknown) => Tokens) | undefined
}

/**
 * For APIs that may send the next token in a header of any authorized answer: requests keep the session alive, and
 * without requests it expires. The newest token is used in all tabs. `url` is any endpoint of the API that a signed-in
 * user may GET, and that answers with JSON. It is requested when the user extends the session, or is active while the
 * application sends nothing. If its answer has no next token, the one that was sent is the newest, and lives as long as before.
 * Tokens should be JWTs with `iat` and `exp`; other tokens are used until a 401. Throws a `TypeError` on misuse.
 */
export function slidingTransport(url: string, options: SlidingTransportOptions = {}): Transport {
  const own = ownOptions(options)
  const { header = 'x-access-token', read = readTokenResponse } = own
  const refused = readRefused(own)
  if (typeof url !== 'string' || url === '')
    throw misuse('url', "the URL of an endpoint to GET, such as '/api/me'", url)
  if (typeof header !== 'string' || header === '')
    throw misuse('header', "the name of a response header, such as 'x-access-token'", header)

  function tokenIn({ headers }: Response): Tokens | null {
    const accessToken = headers.get(header)?.replace(/^Bearer /i, '')
    return accessToken ? renewedUntilExpiry({ accessToken }) : null
  }

  return {
    id: `${url}#sliding`,
    // There is no auth endpoint: `url` is part of the API.
    endpoints: [],
    storage: recordStorage(),
    // No token is good for one use only.
    idempotent: true,
    slides: true,
    read: (answer) => renewedUntilExpiry(read(answer)),
    answerTokens: answerTokens(tokenIn),
    async refresh({ tokens, fetch, signal }) {
      const response = await fetch(url, {
        headers: { accept: 'application/json', ...(tokens && bearer(tokens)) },
        cache: 'no-store',
        signal,
        // A redirect would lead to a login page.
        redirect: 'manual',
      })
      const brought = response.ok ? tokenIn(response) : null
      if (brought) return { type: 'refreshed', tokens: brought }
      const confirmed = renewedUntilExpiry({ accessToken: tokens?.accessToken ?? null })
      return await judgeRefresh(response, () => confirmed, refused)
    },
    // The server has no session to end.
    revoke: () => Promise.resolve(true),
  }
}
