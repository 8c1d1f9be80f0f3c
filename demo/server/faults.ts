import type { Context, MiddlewareHandler } from 'hono'
import { decodeJwt } from 'jose'

const SLOW_MS = 3_000
const RETRY_AFTER_S = 3

/**
 * For the demo page alone: spoils what a request asks to have spoiled, in its header `X-Demo-Fault`. Nothing is
 * remembered, so a fault meets nobody but whoever asked for it, and there is nothing to switch off again; a page of
 * another site cannot send the header, since CORS allows no such one.
 *
 * - `slow`: the work is done at once, the answer comes three seconds later.
 * - `lost`: the work is done, the answer and its cookies are thrown away. A 502 tells the page's fetch to report a
 *   network error; cutting the connection would do, were it not that browsers then may send the request again.
 * - `unavailable`: nothing is done, the answer is 503 with `Retry-After`.
 * - `refuse=JTI`: an access token of that `jti` counts as expired.
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
    // Emptied first: what is assigned takes over the headers of what was there, its cookies among them.
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
