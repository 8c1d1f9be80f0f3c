import { Refusal, refuse } from './refusal.ts'

/**
 * Throws a {@link Refusal} if a page of another site may have caused this request.
 *
 * Cookies are `SameSite=Strict` already, but sibling subdomains are the same site. A page of another origin can neither
 * set `X-Requested-With` without a preflight that CORS denies, nor lie about `Origin` and `Sec-Fetch-Site`. The latter
 * compares origins as the browser sees them, so it holds behind a proxy that ends TLS and where the URL of the request
 * is not the public one.
 *
 * Older browsers (Safari before 16.4) do not send `Sec-Fetch-Site`, nor does any browser to plain HTTP, except on this
 * machine. There the origin must have the host of the request. Its scheme may be `https` where the server sees `http`.
 */
export function guardAgainstCsrf(
  request: Request,
  origins: readonly string[],
  isInBody: boolean,
): void {
  const { headers } = request
  const origin = headers.get('origin')
  const isWanted = origin === null || origins.includes(origin) || isOwn(origin, request)
  // A client that is not a browser has its token in the body, so a forged request has no cookie to borrow.
  const isPlain = isInBody && origin === null && !headers.has('cookie')
  if (isWanted && (isPlain || headers.has('x-requested-with'))) return
  throw new Refusal(
    403,
    'csrf_rejected',
    'Send the header X-Requested-With, from an allowed origin.',
  )
}

function isOwn(origin: string, { headers, url }: Request): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin'
  const { protocol, host } = new URL(url)
  return [`${protocol}//${host}`, `https://${host}`].includes(origin)
}

/**
 * The answer (403) to a request that a page of another site may have caused; `undefined` to any other. The kit's own
 * endpoints ask this themselves. Ask it in routes of your own that change something, first of all in the one that checks
 * the password. `origins` lists those of pages that may call, beside the server's own.
 */
export function refuseForeignPage(
  request: Request,
  origins: readonly string[] = [],
): Response | undefined {
  try {
    guardAgainstCsrf(request, origins, false)
    return undefined
  } catch (error) {
    return refuse(error)
  }
}
