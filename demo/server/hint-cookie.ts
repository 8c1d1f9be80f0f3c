import type { MiddlewareHandler } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { shownCookies } from './refresh-cookies.ts'

/** Tells the page that this browser may have a session. Script can read it; it grants nothing. */
export const HINT_COOKIE = 'latchkey-hint'

const REFRESH_COOKIE = /^(?<name>rt-[^=]+)=.*; Max-Age=(?<maxAge>\d+)/

/**
 * Keeps the hint cookie in step with the refresh cookies, so that the page of a visitor without a session need not send
 * a refresh that is answered 401. It only follows what an answer does to the refresh cookies.
 */
export const hintCookie: MiddlewareHandler = async (c, next) => {
  await next()
  const left = new Set(shownCookies(c).map(({ sid, seq }) => `rt-${sid}-${seq}`))
  let longestS = 0
  for (const line of c.res.headers.getSetCookie()) {
    const { name = '', maxAge } = REFRESH_COOKIE.exec(line)?.groups ?? {}
    if (Number(maxAge) === 0) left.delete(name)
    longestS = Math.max(longestS, Number(maxAge ?? 0))
  }
  if (longestS > 0)
    setCookie(c, HINT_COOKIE, '1', { path: '/', sameSite: 'Strict', maxAge: longestS })
  else if (left.size === 0 && getCookie(c, HINT_COOKIE) !== undefined)
    deleteCookie(c, HINT_COOKIE, { path: '/' })
}
