import { retryAfterMs } from '../retry-after.ts'
import type { Tokens } from '../tokens.ts'
import type { RefreshOutcome } from '../transport.ts'

/** What a server says when it is there, and does not mean this session. */
export type Unavailable = Extract<RefreshOutcome, { type: 'unavailable' }>

/** The errors with which a server gives its last word, and what each means. */
export type Final = Readonly<
  Record<string, Extract<RefreshOutcome, { type: 'rejected' }>['reason']>
>

/** Those of RFC 6749 §5.2, and of PROTOCOL. */
const FINAL: Final = {
  invalid_grant: 'refresh-rejected',
  session_revoked: 'revoked',
  reuse_detected: 'reuse-detected',
  session_expired: 'session-limit',
  session_idle: 'idle',
}

/**
 * What a refresh answer means. Only a clear refusal is one: whatever a proxy, a captive portal or an outage may say is
 * not. A 401 is one, too, without a list of `errors` of the transport's own.
 */
export async function judgeRefresh(
  response: Response,
  read: (answer: unknown) => Tokens,
  errors?: Final,
): Promise<RefreshOutcome> {
  const { status } = response
  const isHtml = response.headers.get('content-type')?.includes('html')
  const answer: unknown = await response.json().catch(() => undefined)
  const { error, seq } = (answer ?? {}) as { readonly error?: unknown; readonly seq?: unknown }
  const final = errors ?? FINAL
  const reason = typeof error === 'string' && Object.hasOwn(final, error) ? final[error] : undefined

  if (response.ok && answer !== undefined) return { type: 'refreshed', tokens: read(answer) }
  if (status === 409 && error === 'refresh_superseded') {
    return { type: 'superseded', sequence: typeof seq === 'number' ? seq : undefined }
  }
  if (status === 401 && !isHtml && !errors)
    return { type: 'rejected', reason: reason ?? 'refresh-rejected' }
  if ((status === 400 || status === 401 || status === 403) && reason)
    return { type: 'rejected', reason }
  return unavailable(response)
}

/** The outcome of an answer that says nothing about the session. */
export function unavailable(response: Response): Unavailable {
  return { type: 'unavailable', status: response.status, retryAfterMs: retryAfterMs(response) }
}
