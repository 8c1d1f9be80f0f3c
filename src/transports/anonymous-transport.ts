import { ownOptions } from '../misuse.ts'
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
 * For servers without accounts. A page without a token asks for one, once for all tabs. A renewal sends the old token, so
 * that the server can recognise the visitor. If the server refuses it, or answers with the token of another visitor, the
 * session ends, and the next page load or `login()` begins another. The token is kept in the record, sealed. Throws a `TypeError` on misuse.
 */
export function anonymousTransport(
  url: string,
  options: AnonymousTransportOptions = {},
): Transport {
  const { read = readTokenResponse, credentials = 'omit' } = ownOptions(options)
  const endpoint = createEndpoint(url, { ...options, credentials, paths: { refresh: '' } })

  const own = (answer: unknown): Tokens => selfRenewing(read(answer))

  return {
    id: `${url}#anonymous`,
    endpoints: endpoint.urls,
    storage: recordStorage(),
    // No token is good for one use only.
    idempotent: true,
    admitsAnyone: true,
    read: own,
    async refresh(context) {
      const { tokens, idempotencyKey } = context
      const headers = { 'idempotency-key': idempotencyKey, ...(tokens && bearer(tokens)) }
      return await judgeRefresh(await endpoint.refresh(context, {}, headers), own, endpoint.refused)
    },
    // The server has no session to end.
    revoke: () => Promise.resolve(true),
  }
}
