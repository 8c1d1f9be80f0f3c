/** An answer that is an error: `{ error, error_description }`, as in OAuth (RFC 6749 §5.2). */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>
  /** More members of the body. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    status: number,
    code: string,
    description: string,
    headers: Readonly<Record<string, string>> = {},
    details: Readonly<Record<string, unknown>> = {},
  ) {
    super(description)
    this.status = status
    this.code = code
    this.headers = headers
    this.details = details
  }
}

/** The answer for what an endpoint has thrown. Rethrows what is no {@link Refusal}. */
export function refuse(thrown: unknown): Response {
  if (!(thrown instanceof Refusal)) throw thrown
  const { status, code, message, details, headers } = thrown
  return answer({ error: code, error_description: message, ...details }, status, headers)
}

/** An answer that no cache may keep. */
export function answer(
  body: unknown,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const all = { ...headers, 'cache-control': 'no-store' }
  if (body === undefined) return new Response(null, { status, headers: all })
  // Not `Response.json`: several servers have a class of their own, with a fast way for text.
  const withType = { ...all, 'content-type': 'application/json' }
  return new Response(JSON.stringify(body), { status, headers: withType })
}
