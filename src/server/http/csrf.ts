import { Refusal } from './refusal.ts'

/**
 * Throws a {@link Refusal} if a page of another site may have caused this request.
 *
 * Cookies are `SameSite=Strict` already, but sibling subdomains are the same site. A page of another origin can neither
 * set `X-Requested-With` without a preflight that CORS denies, nor lie about `Origin` and `Sec-Fetch-Site`. The latter
 * compares origins as the browser sees them, so it holds behind a proxy that ends TLS and where the URL of the request
 * is not the public one.
 */
export function guardAgainstCsrf(
  { headers, url }: Request,
  origins: readonly string[],
  isInBody: boolean,
): void {
  const origin = headers.get('origin')
  const isWanted =
    origin === null ||
    headers.get('sec-fetch-site') === 'same-origin' ||
    origin === new URL(url).origin ||
    origins.includes(origin)
  // A client that is not a browser has its token in the body, so a forged request has no cookie to borrow.
  const isPlain = isInBody && origin === null && !headers.has('cookie')
  if (isWanted && (isPlain || headers.has('x-requested-with'))) return
  throw new Refusal(
    403,
    'csrf_rejected',
    'Send the header X-Requested-With, from an allowed origin.',
  )
}
