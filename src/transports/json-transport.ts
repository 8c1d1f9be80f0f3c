import { ownOptions } from '../misuse.ts'
import { recordStorage } from '../storage/record-storage.ts'
import type { Tokens } from '../tokens.ts'
import type { Transport } from '../transport.ts'
import { createEndpoint, type EndpointOptions } from './endpoint.ts'
import { readTokenResponse } from './read-token-response.ts'
import { judgeRefresh } from './refresh-answer.ts'
import { isIdempotent, type RotationOptions } from './rotation.ts'

/** Options of {@link jsonTransport}. */
export interface JsonTransportOptions extends EndpointOptions, RotationOptions {
  /** Reads the server's answer. @default readTokenResponse */
  readonly read?: ((answer: unknown) => Tokens) | undefined
  /** Makes the body of a refresh. @default { refresh_token } */
  readonly body?: ((tokens: Tokens) => object) | undefined
  /**
   * The header with the idempotency key of a refresh, which gets a repeated refresh the same answer. `false` for servers
   * without idempotency keys: a tab that is closed before its answer arrives then costs the session. @default
   * 'idempotency-key'
   */
  readonly idempotencyHeader?: string | false | undefined
}

/**
 * For servers that accept and return the refresh token as JSON. It is kept in the record, sealed. Unlike a cookie, script on
 * the page can use it. Throws a `TypeError` on misuse.
 */
export function jsonTransport(url: string, options: JsonTransportOptions = {}): Transport {
  const {
    read = readTokenResponse,
    idempotencyHeader = 'idempotency-key',
    credentials = 'omit',
    body = ({ refreshToken }: Tokens) => ({ refresh_token: refreshToken }),
    rotates,
    idempotent = idempotencyHeader === false ? false : undefined,
  } = ownOptions(options)
  const endpoint = createEndpoint(url, { ...options, credentials })
  const tokenMembers = (tokens: Tokens | null): object => (tokens ? body(tokens) : {})

  return {
    // A cookie session at the same URL is a different one, with a different kind of record.
    id: `${url}#json`,
    endpoints: endpoint.urls,
    storage: recordStorage(),
    idempotent: isIdempotent({ rotates, idempotent }),
    read,
    async refresh(context) {
      const { tokens, sessionId: sid, sequence: seq, idempotencyKey, idleForMs: idle_ms } = context
      const named = { sid: sid ?? undefined, seq: seq ?? undefined, idle_ms: idle_ms ?? undefined }
      const headers =
        idempotencyHeader === false ? undefined : { [idempotencyHeader]: idempotencyKey }
      const response = await endpoint.refresh(
        context,
        { ...named, ...tokenMembers(tokens) },
        headers,
      )
      return await judgeRefresh(response, read, endpoint.refused)
    },
    revoke: (context) => {
      const { tokens, sessionId: sid, everywhere } = context
      return endpoint.logout(context, {
        sid: sid ?? undefined,
        everywhere,
        ...tokenMembers(tokens),
      })
    },
  }
}
