import { recordStorage } from '../storage/record-storage.ts'
import type { Tokens } from '../tokens.ts'
import type { Transport } from '../transport.ts'
import { createEndpoint, type EndpointOptions } from './endpoint.ts'
import { readTokenResponse } from './read-token-response.ts'
import { judgeRefresh } from './refresh-answer.ts'

/** Options of {@link jsonTransport}. */
export interface JsonTransportOptions extends EndpointOptions {
  /** Reads the server's answer. @default readTokenResponse */
  readonly read?: ((answer: unknown) => Tokens) | undefined
  /** Makes the body of a refresh. @default { refresh_token } */
  readonly body?: ((tokens: Tokens) => object) | undefined
  /**
   * Names each rotation, so that a repeated one gets the same answer. `false` for servers that know none: a response
   * lost together with its tab then costs the session. @default 'idempotency-key'
   */
  readonly idempotencyHeader?: string | false | undefined
}

/**
 * For servers that take and give the refresh token as JSON. It rests in the record, sealed; script on the page can use
 * it, which a cookie does not allow. Throws a `TypeError` on misuse.
 */
export function jsonTransport(url: string, options: JsonTransportOptions = {}): Transport {
  const {
    read = readTokenResponse,
    idempotencyHeader = 'idempotency-key',
    credentials = 'omit',
  } = options
  const { body = ({ refreshToken }: Tokens) => ({ refresh_token: refreshToken }) } = options
  const endpoint = createEndpoint(url, { ...options, credentials })
  const shown = (tokens: Tokens | null): object => (tokens ? body(tokens) : {})

  return {
    // A session by cookie at the same URL is another one, with a record of another kind.
    id: `${url}#json`,
    endpoints: endpoint.urls,
    storage: recordStorage(),
    idempotent: idempotencyHeader !== false,
    read,
    async refresh(context) {
      const { tokens, sessionId: sid, sequence: seq, idempotencyKey, idleForMs: idle_ms } = context
      const named = { sid: sid ?? undefined, seq: seq ?? undefined, idle_ms: idle_ms ?? undefined }
      const headers =
        idempotencyHeader === false ? undefined : { [idempotencyHeader]: idempotencyKey }
      const response = await endpoint.refresh(context, { ...named, ...shown(tokens) }, headers)
      return await judgeRefresh(response, read)
    },
    revoke: (context) => {
      const { tokens, sessionId: sid, everywhere } = context
      return endpoint.logout(context, { sid: sid ?? undefined, everywhere, ...shown(tokens) })
    },
  }
}
