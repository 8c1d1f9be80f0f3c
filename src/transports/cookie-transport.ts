import { ownOptions } from '../misuse.ts'
import { memoryStorage } from '../storage/memory-storage.ts'
import { bearer, type Tokens } from '../tokens.ts'
import type { Transport } from '../transport.ts'
import { createEndpoint, type EndpointOptions } from './endpoint.ts'
import { readTokenResponse } from './read-token-response.ts'
import { judgeRefresh } from './refresh-answer.ts'
import { isIdempotent, type RotationOptions } from './rotation.ts'

/** Options of {@link cookieTransport}. */
export interface CookieTransportOptions extends EndpointOptions, RotationOptions {
  /** Reads the server's answer. @default readTokenResponse */
  readonly read?: ((answer: unknown) => Tokens) | undefined
  /**
   * A readable cookie without a secret that the server sets beside the HttpOnly one. If it is absent, a page does not ask
   * the server for a session. If it is present, a page asks even if the last session has ended in this browser. If its value
   * changes with each refresh token, and only then, a page that was reloaded while it refreshed goes on as soon as the answer
   * has arrived. @default none
   */
  readonly hintCookie?: string | undefined
}

/**
 * For servers that keep the refresh token in an HttpOnly cookie, where script cannot steal it. The access token comes in
 * the body of the answer and stays in memory. Throws a `TypeError` on misuse.
 */
export function cookieTransport(url: string, options: CookieTransportOptions = {}): Transport {
  const { read = readTokenResponse, hintCookie, ...rotation } = ownOptions(options)
  const endpoint = createEndpoint(url, options)

  return {
    id: url,
    endpoints: endpoint.urls,
    storage: memoryStorage(),
    hintCookie,
    idempotent: isIdempotent(rotation),
    read,
    async refresh(context) {
      const { sessionId: sid, sequence: seq, idempotencyKey, idleForMs: idle_ms } = context
      const body = { sid: sid ?? undefined, seq: seq ?? undefined, idle_ms: idle_ms ?? undefined }
      const response = await endpoint.refresh(context, body, { 'idempotency-key': idempotencyKey })
      return await judgeRefresh(response, read, endpoint.refused)
    },
    revoke: (context) =>
      endpoint.logout(context, {
        sid: context.sessionId ?? undefined,
        everywhere: context.everywhere,
      }),
    // If the access token is a cookie as well, the header shows that the request is not from another site.
    authorize: (_, tokens) => (tokens.accessToken === null ? endpoint.headers() : bearer(tokens)),
  }
}
