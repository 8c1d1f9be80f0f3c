import { recordStorage } from '../storage/record-storage.ts'
import { bearer, type Tokens } from '../tokens.ts'
import type { Transport } from '../transport.ts'
import { createEndpoint, type EndpointOptions } from './endpoint.ts'
import { readTokenResponse } from './read-token-response.ts'
import { judgeRefresh } from './refresh-answer.ts'
import { selfRenewing } from './self-renewing.ts'

/** Options of {@link anonymousTransport}. */
export interface AnonymousTransportOptions extends Omit<EndpointOptions, 'paths'> {
  /** Reads the server's answer. @default readTokenResponse */
  readonly read?: ((answer: unknown) => Tokens) | undefined
}

/**
 * For servers without accounts: a page that finds no token asks for one, once for all tabs. A renewal shows the token it
 * replaces, so that the server can go on with the same visitor; one that it refuses ends the session, and the next page, or
 * `login()`, begins another. The token rests in the record, sealed. Throws a `TypeError` on misuse.
 */
export function anonymousTransport(
  url: string,
  options: AnonymousTransportOptions = {},
): Transport {
  const { read = readTokenResponse, credentials = 'omit' } = options
  const endpoint = createEndpoint(url, { ...options, credentials, paths: { refresh: '' } })

  const own = (answer: unknown): Tokens => selfRenewing(read(answer))

  return {
    id: `${url}#anonymous`,
    endpoints: endpoint.urls,
    storage: recordStorage(),
    admitsAnyone: true,
    read: own,
    async refresh(context) {
      const { tokens, idempotencyKey } = context
      const headers = { 'idempotency-key': idempotencyKey, ...(tokens && bearer(tokens)) }
      return await judgeRefresh(await endpoint.refresh(context, {}, headers), own)
    },
    // Nobody was signed in whom the server would have to forget.
    revoke: () => Promise.resolve(true),
  }
}
