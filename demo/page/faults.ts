import type { Context, MiddlewareHandler } from 'hono'
import { decodeJwt } from 'jose'

const SLOW_MS = 3_000
const RETRY_AFTER_S = 3

/**
 * For the demo page only: spoils a request as its header `X-Demo-Fault` asks for. Nothing is remembered, so a fault
 * affects only the request that asked for it and needs no switching off. Pages of other sites cannot send the header,
 * since CORS does not allow it.
 *
 * - `slow`: the work is done at once, and the answer is sent three seconds later.
 * - `lost`: the work is done, and the answer is thrown away with its cookies. A 502 tells the page's fetch to report a
 *   network error. Cutting the connection would not do: browsers may then send the request again.
 * - `unavailable`: nothing is done, and the answer is 503 with `Retry-After`.
 * - `refuse=JTI`: the access token with that `jti` counts as expired.
 */
export const faults: MiddlewareHandler = async (c, next) => {
  const wanted = (c.req.header('x-demo-fault') ?? '').split(',').map((fault) => fault.trim())
  if (wanted.includes('unavailable')) {
    const headers = { 'retry-after': String(RETRY_AFTER_S) }
    return Response.json({ error: 'unavailable' }, { status: 503, headers })
  }
  const jti = wanted.some((fault) => fault.startsWith('refuse=')) ? jtiOf(c) : undefined
  if (jti !== undefined && wanted.includes(`refuse=${jti}`)) {
    const headers = { 'www-authenticate': 'Bearer realm="latchkey", error="invalid_token"' }
    return Response.json({ error: 'invalid_token' }, { status: 401, headers })
  }
  await next()
  if (wanted.includes('slow')) await new Promise((resolve) => setTimeout(resolve, SLOW_MS))
  if (wanted.includes('lost')) {
    // Cleared first, because the assignment copies the headers of the old response, its cookies included.
    c.res = undefined
    c.res = new Response(null, { status: 502, headers: { 'x-demo-fault': 'lost' } })
  }
  return undefined
}

function jtiOf(c: Context): string | undefined {
  try {
    return decodeJwt(c.req.header('authorization')?.replace(/^Bearer /i, '') ?? '').jti
  } catch {
    return undefined
  }
}
