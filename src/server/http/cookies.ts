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
  /** The name of a readable cookie that says that there may be a session, or `false`. @default 'latchkey-hint' */
  readonly hint?: string | false | undefined
}

/** Reads and writes the cookies of one kind. */
export interface Cookies {
  /** The refresh tokens that the browser has sent, those under doubled and invented names too: names prove nothing. */
  read(request: Request): RefreshToken[]
  /** The value of another cookie. */
  valueOf(request: Request, name: string): string | undefined
  /** The headers that keep a refresh token for so many seconds. */
  keep(request: Request, token: RefreshToken, value: string, maxAgeS: number): string[]
  /** The headers that remove the cookies of these tokens. */
  remove(request: Request, tokens: readonly RefreshToken[]): string[]
  /** The header that removes the hint. */
  removeHint(request: Request): string[]
}

/**
 * One cookie for each refresh token, `rt-<sid>-<seq>`, instead of one that is overwritten. Answers can arrive out of
 * order, and a late one must not replace a good token with a spent one.
 */
export function createCookies({
  name = 'rt',
  path = '/auth',
  domain,
  sameSite = 'Strict',
  hint = 'latchkey-hint',
}: CookieOptions): Cookies {
  function write(request: Request, cookie: string, attributes: readonly string[]): string {
    return [
      cookie,
      `SameSite=${sameSite}`,
      ...attributes,
      ...(domain === undefined ? [] : [`Domain=${domain}`]),
      ...(isPlainLoopback(request) ? [] : ['Secure']),
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
    valueOf: ({ headers }, wanted) => cookiesOf(headers).find(([cookie]) => cookie === wanted)?.[1],
    keep: (request, token, value, maxAgeS) => [
      writeToken(request, token, value, maxAgeS),
      ...(hint === false ? [] : [write(request, `${hint}=1`, ['Path=/', `Max-Age=${maxAgeS}`])]),
    ],
    // The name is made of a token that was judged, not taken from the request: a planted cookie can share its name with
    // the real one.
    remove: (request, tokens) => tokens.map((token) => writeToken(request, token, '', 0)),
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

/**
 * WebKit stores no `Secure` cookie from http://localhost. What counts is where the page is: behind a proxy, the URL of
 * the request may be one of loopback although the page has `https`.
 */
function isPlainLoopback({ headers }: Request): boolean {
  return /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(headers.get('origin') ?? '')
}
