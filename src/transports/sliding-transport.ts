import { misuse } from '../misuse.ts'
import { recordStorage } from '../storage/record-storage.ts'
import { bearer, type Tokens } from '../tokens.ts'
import type { Transport } from '../transport.ts'
import { readTokenResponse } from './read-token-response.ts'
import { judgeRefresh } from './refresh-answer.ts'
import { selfRenewing } from './self-renewing.ts'

/** Options of {@link slidingTransport}. */
export interface SlidingTransportOptions {
  /** The response header that carries a replacement token. Another origin's API has to expose it by CORS. @default 'x-access-token' */
  readonly header?: string | undefined
  /** Reads the answer of the login call. @default readTokenResponse */
  readonly read?: ((answer: unknown) => Tokens) | undefined
}

/**
 * For APIs whose every authorised answer may bring the next token in a header: who uses the application stays signed
 * in, who does not runs out. The newest token wins, in all tabs. `url` is any endpoint of the API that a signed-in user
 * may GET; it is asked when a user wants to stay, or is known to be there while the application sends nothing. Tokens
 * are JWTs with `iat` and `exp`, or else 401s decide. Throws a `TypeError` on misuse.
 */
export function slidingTransport(url: string, options: SlidingTransportOptions = {}): Transport {
  const { header = 'x-access-token', read = readTokenResponse } = options
  if (typeof url !== 'string' || url === '')
    throw misuse('url', "the URL of an endpoint to GET, such as '/api/me'", url)
  if (typeof header !== 'string' || header === '')
    throw misuse('header', "the name of a response header, such as 'x-access-token'", header)

  function inspect({ headers }: Response): Tokens | null {
    const accessToken = headers.get(header)?.replace(/^Bearer /i, '')
    return accessToken ? selfRenewing({ accessToken }) : null
  }

  return {
    id: `${url}#sliding`,
    // The API's own: nothing here but what a signed-in user may ask for.
    endpoints: [],
    storage: recordStorage(),
    expiredIsFinal: true,
    slides: true,
    read: (answer) => selfRenewing(read(answer)),
    inspect,
    async refresh({ tokens, fetch, signal }) {
      const response = await fetch(url, {
        headers: { accept: 'application/json', ...(tokens && bearer(tokens)) },
        cache: 'no-store',
        signal,
        // A redirect leads to a login page.
        redirect: 'manual',
      })
      if (!response.ok) return await judgeRefresh(response, read)
      const brought = inspect(response)
      return brought
        ? { type: 'refreshed', tokens: brought }
        : { type: 'unavailable', status: response.status }
    },
    // The server keeps nothing that could be ended.
    revoke: () => Promise.resolve(true),
  }
}
