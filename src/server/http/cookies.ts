import { misuse } from '../../misuse.ts'
import { parseToken, type RefreshToken } from '../token/token.ts'

/** How refresh tokens are kept in cookies. */
export interface CookieOptions {
  /** What the names of the cookies begin with. @default 'rt' */
  readonly name?: string | undefined
  /** The path of the endpoints. @default '/auth' */
  readonly path?: string | undefined
  /** For subdomains. @default only this host */
  readonly domain?: string | undefined
  /** `'None'` where pages of other sites refresh, with CORS. @default 'Strict' */
  readonly sameSite?: 'Strict' | 'Lax' | 'None' | undefined
  /** The name of a readable cookie that says that there may be a session, or `false`. It changes with each refresh token. @default 'latchkey-hint' */
  readonly hint?: string | false | undefined
}

/** Reads and writes the cookies of one kind. */
export interface Cookies {
  /** The refresh tokens that the browser has sent, those under doubled and invented names too: names prove nothing. */
  read(request: Request): RefreshToken[]
  /** The values of all other cookies of this name. */
  valuesOf(request: Request, name: string): string[]
  /** The headers that keep a refresh token for so many seconds. */
  keep(request: Request, token: RefreshToken, value: string, maxAgeS: number): string[]
  /** The headers that remove the cookies of these tokens, of a few at a time. */
  remove(request: Request, tokens: readonly RefreshToken[]): string[]
  /** The header that removes the hint. */
  removeHint(request: Request): string[]
}

/** A token of RFC 9110, which the name of a cookie is. */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/
/** Proxies refuse answers whose headers are longer than a few kilobytes. The next answer removes some more. */
const MOST_REMOVED = 10
const PATH = /^\/[^;\s]*$/
const DOMAIN = /^[\w.-]+$/

/** Throws a `TypeError` unless this can be the name of a cookie. */
export function checkCookieName(option: string, name: unknown, otherwise = ''): void {
  if (typeof name !== 'string' || !NAME.test(name))
    throw misuse(option, `the name of a cookie${otherwise}`, name)
}

/**
 * One cookie for each refresh token, `rt-<sid>-<seq>`, instead of one that is overwritten. Answers can arrive out of
 * order, and a late one must not replace a good token with a spent one. Throws a `TypeError` for an option that cannot be
 * used.
 */
export function createCookies({
  name = 'rt',
  path = '/auth',
  domain,
  sameSite = 'Strict',
  hint = 'latchkey-hint',
}: CookieOptions): Cookies {
  checkCookieName('cookie.name', name)
  if (hint !== false) checkCookieName('cookie.hint', hint, ', or false')
  if (!PATH.test(path)) throw misuse('cookie.path', 'a path that begins with a slash', path)
  if (domain !== undefined && !DOMAIN.test(domain))
    throw misuse('cookie.domain', 'a domain', domain)
  if (!['Strict', 'Lax', 'None'].includes(sameSite))
    throw misuse('cookie.sameSite', 'Strict, Lax or None', sameSite)

  function write(request: Request, cookie: string, attributes: readonly string[]): string {
    return [
      cookie,
      `SameSite=${sameSite}`,
      ...attributes,
      ...(domain === undefined ? [] : [`Domain=${domain}`]),
      ...(isPlainLoopback(request) && !name.startsWith('__') ? [] : ['Secure']),
    ].join('; ')
  }

  function writeToken(
    request: Request,
    { sid, seq }: RefreshToken,
    value: string,
    maxAgeS: number,
  ) {
    const attributes = [`Path=${path}`, `Max-Age=${maxAgeS}`, 'HttpOnly']
    return write(request, `${name}-${sid}-${seq}=${value}`, attributes)
  }

  return {
    read: ({ headers }) =>
      cookiesOf(headers).flatMap(([cookie, value]) =>
        cookie.startsWith(`${name}-`) ? (parseToken(value) ?? []) : [],
      ),
    valuesOf: ({ headers }, wanted) =>
      cookiesOf(headers).flatMap(([cookie, value]) => (cookie === wanted ? [value] : [])),
    keep: (request, token, value, maxAgeS) => [
      writeToken(request, token, value, maxAgeS),
      ...(hint === false
        ? []
        : [write(request, `${hint}=${token.seq}`, ['Path=/', `Max-Age=${maxAgeS}`])]),
    ],
    // The name is made of a token that was judged, not taken from the request: a planted cookie can share its name with
    // the real one.
    remove: (request, tokens) =>
      tokens
        .filter(({ seq }) => seq > 0) // 0 is a token of another make, in a cookie of another name
        .slice(0, MOST_REMOVED)
        .map((token) => writeToken(request, token, '', 0)),
    removeHint: (request) =>
      hint === false || !cookiesOf(request.headers).some(([cookie]) => cookie === hint)
        ? []
        : [write(request, `${hint}=`, ['Path=/', 'Max-Age=0'])],
  }
}

function cookiesOf(headers: Headers): (readonly [name: string, value: string])[] {
  return (headers.get('cookie') ?? '').split(';').map((pair) => {
    const equals = pair.indexOf('=')
    return [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()] as const
  })
}

const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/**
 * WebKit stores no `Secure` cookie from http://localhost. What counts is where the page is: behind a proxy that ends TLS,
 * the URL of the request is of `http` as well.
 */
function isPlainLoopback({ headers, url }: Request): boolean {
  return LOOPBACK.test(headers.get('origin') ?? '') && !url.startsWith('https:')
}
