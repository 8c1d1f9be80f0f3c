import { memoryStorage } from '../storage/memory-storage.ts'
import { bearer, type Tokens } from '../tokens.ts'
import type { Transport } from '../transport.ts'
import { createEndpoint, type EndpointOptions } from './endpoint.ts'
import { readTokenResponse } from './read-token-response.ts'
import { judgeRefresh } from './refresh-answer.ts'

/** Options of {@link cookieTransport}. */
export interface CookieTransportOptions extends EndpointOptions {
  /** Reads the server's answer. @default readTokenResponse */
  readonly read?: ((answer: unknown) => Tokens) | undefined
  /**
   * A readable, worthless cookie the server sets beside the HttpOnly one: its absence saves anonymous visitors a 401,
   * its presence beats a logged-out record.
   */
  readonly hintCookie?: string | undefined
}

/**
 * For servers that keep the refresh token in an HttpOnly cookie: nothing that script can steal outlives the page. The
 * access token comes in the answer's body and stays in memory. Throws a `TypeError` on misuse.
 */
export function cookieTransport(url: string, options: CookieTransportOptions = {}): Transport {
  const { read = readTokenResponse, hintCookie } = options
  const endpoint = createEndpoint(url, options)

  return {
    id: url,
    endpoints: endpoint.urls,
    storage: memoryStorage(),
    hintCookie,
    read,
    async refresh(context) {
      const { sessionId: sid, sequence: seq, idempotencyKey, idleForMs: idle_ms } = context
      const body = { sid: sid ?? undefined, seq: seq ?? undefined, idle_ms: idle_ms ?? undefined }
      const response = await endpoint.refresh(context, body, { 'idempotency-key': idempotencyKey })
      return await judgeRefresh(response, read)
    },
    revoke: (context) =>
      endpoint.logout(context, {
        sid: context.sessionId ?? undefined,
        everywhere: context.everywhere,
      }),
    // Where the access token is a cookie too, the header is what tells our requests from a stranger's.
    authorize: (_, tokens) => (tokens.accessToken === null ? endpoint.headers() : bearer(tokens)),
  }
}
