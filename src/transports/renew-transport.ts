import { misuse, ownOptions } from '../misuse.ts'
import { recordStorage } from '../storage/record-storage.ts'
import { bearer, type Tokens } from '../tokens.ts'
import type { Transport } from '../transport.ts'
import { createEndpoint, type EndpointOptions } from './endpoint.ts'
import { readTokenResponse } from './read-token-response.ts'
import { judgeRefresh } from './refresh-answer.ts'
import { renewedUntilExpiry } from './self-renewing.ts'

/** Options of {@link renewTransport}. */
export interface RenewTransportOptions extends Omit<EndpointOptions, 'paths'> {
  /** Below the transport's URL. @default { renew: '/renew', logout: '/logout' } */
  readonly paths?: { readonly renew?: string; readonly logout?: string } | undefined
  /** Reads the server's answer. @default readTokenResponse */
  readonly read?: ((answer: unknown) => Tokens) | undefined
  /** The age at which a token is renewed, while a page is open and when one is opened. @default 3_600_000 */
  readonly everyMs?: number | undefined
}

/**
 * For servers with a single token that lives for days, and can be renewed until it expires. It is renewed when a page
 * opens, and every hour. An expired token cannot be renewed, so the session ends when it expires. The token is kept in the
 * record, sealed. Throws a `TypeError` on misuse.
 */
export function renewTransport(url: string, options: RenewTransportOptions = {}): Transport {
  const {
    read = readTokenResponse,
    paths,
    everyMs = 3_600_000,
    credentials = 'omit',
  } = ownOptions(options)
  const { renew, ...others } = ownOptions(paths)
  const endpoint = createEndpoint(url, {
    ...options,
    credentials,
    paths: { ...others, refresh: renew ?? '/renew' },
  })
  if (typeof everyMs !== 'number' || !(everyMs > 0))
    throw misuse('everyMs', 'milliseconds, more than 0', everyMs)

  const own = (answer: unknown): Tokens => ({
    ...renewedUntilExpiry(read(answer)),
    renewInMs: everyMs,
  })

  return {
    id: `${url}#renew`,
    endpoints: endpoint.urls,
    storage: recordStorage(),
    // No token is good for one use only.
    idempotent: true,
    read: own,
    async refresh(context) {
      const { tokens, idempotencyKey, idleForMs } = context
      const response = await endpoint.refresh(
        context,
        { idle_ms: idleForMs ?? undefined },
        { 'idempotency-key': idempotencyKey, ...(tokens && bearer(tokens)) },
      )
      return await judgeRefresh(response, own, endpoint.refused)
    },
    revoke: (context) =>
      endpoint.logout(
        context,
        { sid: context.sessionId ?? undefined, everywhere: context.everywhere },
        context.tokens ? bearer(context.tokens) : {},
      ),
  }
}
