import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'

/**
 * One cookie for each refresh token, `rt-<sid>-<seq>`, instead of one that is overwritten. Answers can arrive out of
 * order, and a late one must not replace a good token with a spent one. The newest cookie of a `sid` counts.
 */
export interface RefreshCookie {
  readonly sid: string
  readonly seq: number
  readonly token: string
}

const NAME = /^rt-(?<sid>[\w-]{1,64})-(?<seq>\d{1,9})$/

/** The refresh cookies that the browser sent, of one `sid` or of all. */
export function shownCookies(c: Context, ofSid?: string): RefreshCookie[] {
  return Object.entries(getCookie(c)).flatMap(([name, token]) => {
    const { sid, seq } = NAME.exec(name)?.groups ?? {}
    if (sid === undefined || (ofSid !== undefined && sid !== ofSid)) return []
    return [{ sid, seq: Number(seq), token }]
  })
}

export function setRefreshCookie(c: Context, cookie: RefreshCookie, maxAgeS: number): void {
  write(c, cookie, cookie.token, maxAgeS)
}

export function clearRefreshCookies(c: Context, cookies: readonly RefreshCookie[]): void {
  for (const cookie of cookies) write(c, cookie, '', 0)
}

function write(c: Context, { sid, seq }: RefreshCookie, value: string, maxAgeS: number): void {
  setCookie(c, `rt-${sid}-${seq}`, value, {
    httpOnly: true,
    secure: !refusesSecure(c),
    sameSite: 'Strict',
    path: '/auth',
    maxAge: Math.round(maxAgeS),
  })
}

/** WebKit stores no `Secure` cookie from http://localhost. Other browsers do, since localhost is safe. */
function refusesSecure(c: Context): boolean {
  const { protocol, hostname } = new URL(c.req.url)
  const agent = c.req.header('user-agent') ?? ''
  const isWebKit = agent.includes('AppleWebKit/') && !/Chrom(e|ium)\//.test(agent)
  return isWebKit && protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}
