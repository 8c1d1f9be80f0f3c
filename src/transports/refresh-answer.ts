import { misuse } from '../misuse.ts'
import { readJson } from '../read-json.ts'
import { retryAfterMs } from '../retry-after.ts'
import type { Tokens } from '../tokens.ts'
import type { RefreshOutcome } from '../transport.ts'

/** The outcome of an answer that says nothing about the session. */
export type Unavailable = Extract<RefreshOutcome, { type: 'unavailable' }>

/** The error codes that end a session, and the reason each one stands for. */
export type Final = Readonly<Record<string, Reason>>

type Reason = Extract<RefreshOutcome, { type: 'rejected' }>['reason']

/** The codes of RFC 6749 §5.2 and of latchkey's own contract. */
const FINAL: Final = {
  invalid_grant: 'refresh-rejected',
  session_revoked: 'revoked',
  reuse_detected: 'reuse-detected',
  session_expired: 'session-limit',
  session_idle: 'idle',
}

/** How a transport recognizes that its server refuses. */
export interface RefusalOptions {
  /**
   * Whether an answer to a refresh ends the session, for servers that refuse in words of their own. Called for each answer
   * that is not 2xx, with its parsed JSON (`undefined` if it is something else). It may return the reason of the end; `true`
   * is `refresh-rejected`. @default only what RFC 6749 and latchkey's contract say; besides, a 400, 401 or 403 with JSON
   * that comes at least three times over a minute, when the access token has expired
   */
  readonly refused?: ((status: number, body: unknown) => boolean | Reason) | undefined
}

/**
 * The outcome of a refresh, from its answer. Only an unambiguous refusal ends the session; an answer that a proxy, a
 * captive portal or an outage may give does not. With a list of `errors`, a 401 without one of them is not a refusal.
 */
export async function judgeRefresh(
  response: Response,
  read: (answer: unknown) => Tokens,
  refused: RefusalOptions['refused'],
  errors?: Final,
): Promise<RefreshOutcome> {
  const { status } = response
  const isHtml = response.headers.get('content-type')?.includes('html')
  const answer = await readJson(response)
  const { error, seq } = (answer ?? {}) as { readonly error?: unknown; readonly seq?: unknown }

  if (response.ok) {
    // The page of a captive portal, or an answer that was cut off: it has no status of the auth server.
    if (answer === undefined) return { type: 'unavailable' }
    if (answer === '') return unavailable(response)
    const { sequence = numberOf(seq), ...tokens } = read(answer)
    // A `read` of the application's own may leave out the number, which says how careful the next refresh has to be (O1).
    return { type: 'refreshed', tokens: { ...tokens, sequence } }
  }
  const told = refused?.(status, answer === '' ? undefined : answer)
  if (!told && status === 409 && error === 'refresh_superseded')
    return { type: 'superseded', sequence: numberOf(seq) }
  const mayRefuse = status === 400 || status === 401 || status === 403
  const isPlain = status === 401 && !isHtml && !errors
  const reason = told || (mayRefuse && finalReason(error, errors)) || isPlain
  if (reason) return { type: 'rejected', reason: reason === true ? 'refresh-rejected' : reason }
  return { ...unavailable(response), isDoubtful: mayRefuse && typeof answer === 'object' }
}

/** The reason that an error code stands for, if that ends a session. */
export function finalReason(error: unknown, final: Final = FINAL): Reason | undefined {
  return typeof error === 'string' && Object.hasOwn(final, error) ? final[error] : undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** The hook as it was passed. Throws a `TypeError` if it is no function. */
export function readRefused({ refused }: RefusalOptions): RefusalOptions['refused'] {
  if (refused !== undefined && typeof refused !== 'function')
    throw misuse('refused', 'a function of status and body', refused)
  return refused
}

/** The outcome of an answer that says nothing about the session. */
export function unavailable(response: Response): Unavailable {
  return { type: 'unavailable', status: response.status, retryAfterMs: retryAfterMs(response) }
}
