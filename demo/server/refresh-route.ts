import { Hono, type Context } from 'hono'
import type { AccessTokens } from './access-tokens.ts'
import type { AddressOf } from './client-address.ts'
import { readIdempotencyKey } from './idempotency-key.ts'
import { shortSid, type Log } from './log.ts'
import type { Refresh, Refreshed } from './refresh.ts'
import {
  clearRefreshCookies,
  setRefreshCookie,
  shownCookies,
  type RefreshCookie,
} from './refresh-cookies.ts'
import { Refusal } from './refusal.ts'
import { optionalCount, optionalText, readBody } from './request-body.ts'
import { refusedBecause } from './session-over.ts'
import { readPairedJti } from './strategies/pair-binding.ts'
import { tokenResponse, type Delivery } from './token-response.ts'

interface RefreshDependencies {
  readonly refresh: Refresh
  readonly accessTokens: AccessTokens
  readonly addressOf: AddressOf
  readonly log: Log
}

const EVENTS: Partial<Record<Refreshed['row'], string>> = {
  S7: 'reuse_detected',
  mismatch: 'pair_mismatch',
}

/** `POST /refresh`. A token in the body is answered in the body; without one, the cookies count. */
export function refreshRoute({ refresh, accessTokens, addressOf, log }: RefreshDependencies): Hono {
  const routes = new Hono()
  routes.post('/refresh', async (c) => {
    const body = await readBody(c)
    const sid = optionalText(body, 'sid')
    const inBody = optionalText(body, 'refresh_token')
    const delivery = inBody === undefined ? 'cookie' : 'body'
    const cookies = delivery === 'cookie' ? shownCookies(c, sid) : []
    const outcome = await refresh({
      tokens: inBody === undefined ? cookies.map(({ token }) => token) : [inBody],
      sid,
      seq: optionalCount(body, 'seq'),
      key: readIdempotencyKey(c),
      idleMs: optionalCount(body, 'idle_ms'),
      accessJti: await readPairedJti(body, accessTokens),
      address: addressOf(c),
    })
    log({
      event: EVENTS[outcome.row] ?? 'refresh',
      row: outcome.row,
      sid: shortSid(outcome.sid),
    })
    const ofFamily = cookies.filter(
      (cookie) => outcome.sid === undefined || cookie.sid === outcome.sid,
    )
    return answer(c, accessTokens, outcome, { delivery, cookies: ofFamily })
  })
  return routes
}

async function answer(
  c: Context,
  accessTokens: AccessTokens,
  outcome: Refreshed,
  shown: { readonly delivery: Delivery; readonly cookies: readonly RefreshCookie[] },
): Promise<Response> {
  switch (outcome.row) {
    case 'S1':
      clearRefreshCookies(c, shown.cookies)
      throw refusedBecause(outcome.because)
    case 'S2':
    case 'S3':
    case 'S4': {
      const { grant } = outcome
      clearRefreshCookies(
        c,
        shown.cookies.filter(({ seq }) => seq < grant.seq),
      )
      // S3 answers with the token that was shown. The browser has that cookie already. If it has moved on meanwhile,
      // setting the cookie again would only add an old one beside the newer one.
      if (shown.delivery === 'cookie' && outcome.row !== 'S3')
        setRefreshCookie(c, grant, grant.refreshExpiresInS)
      return tokenResponse(c, accessTokens, grant, shown)
    }
    case 'S5':
    case 'S6':
      // The winner's cookie is on its way to the same browser, so the loser's answer sets and clears none.
      return c.json(
        {
          error: 'refresh_superseded',
          error_description: 'Another refresh of this session was faster.',
          seq: outcome.seq,
        },
        409,
      )
    case 'S7':
      clearRefreshCookies(c, shown.cookies)
      throw new Refusal(
        401,
        'reuse_detected',
        'A spent refresh token was shown again, so this session has ended.',
      )
    case 'mismatch':
      throw refusedBecause('revoked')
  }
}
