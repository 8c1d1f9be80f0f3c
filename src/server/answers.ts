import type { Cookies } from './http/cookies.ts'
import { endsAt, sessionOf, type SessionDocument } from './document.ts'
import type { Settings } from './options.ts'
import type { Refreshed } from './refresh/refresh.ts'
import { answer, refuse, Refusal } from './http/refusal.ts'
import type { Delivery, Found, NotFound, ShownTokens } from './shown-tokens.ts'
import { formatToken, type RefreshToken } from './token/token.ts'

/** A refresh token that is handed out. */
interface Grant<Data> {
  readonly document: SessionDocument<Data>
  readonly at: number
  readonly granted: RefreshToken
  /** The tokens in cookies that were judged. Those before this one are removed. */
  readonly judged: readonly RefreshToken[]
  readonly delivery: Delivery | 'none'
  readonly status?: number
  /** The browser has this cookie already. */
  readonly isKept?: boolean
}

/** The answers of the endpoints, with what they do to cookies. */
export interface Answers<Data> {
  granted(request: Request, grant: Grant<Data>): Promise<Response>
  refreshed(request: Request, outcome: Refreshed<Data>, shown: ShownTokens): Promise<Response>
  unknown(request: Request, found: NotFound, shown: ShownTokens): Response
  /** `endsAll` says whether all sessions of the user have ended, if that was asked for. */
  loggedOut(
    request: Request,
    found: Found<Data>,
    shown: ShownTokens,
    endsAll: boolean | undefined,
  ): Response
}

const WHY_OVER = {
  unknown: ['invalid_grant', 'No refresh token of a known session was shown.'],
  end: ['session_revoked', 'This session has ended.'],
  session: ['session_expired', 'This session has reached its limit.'],
  idle: ['session_idle', 'The user of this session has been idle for too long.'],
  refresh: ['invalid_grant', 'This refresh token has not been used for too long.'],
} as const

/** Creates the answers of one kit. */
export function createAnswers<Data>(
  { accessToken, limits, audit }: Settings<Data>,
  cookies: Cookies,
): Answers<Data> {
  /** Removes the cookies of tokens that were judged, and the hint if these are all that were shown. */
  function withoutCookies(
    request: Request,
    response: Response,
    tokens: readonly RefreshToken[],
    { delivery, inCookies }: ShownTokens,
  ): Response {
    if (delivery === 'body') return response
    const lines = cookies.remove(request, tokens)
    const isLast = inCookies.every((token) => tokens.includes(token))
    return withCookies(response, isLast ? [...lines, ...cookies.removeHint(request)] : lines)
  }

  const answers: Answers<Data> = {
    async granted(request, { document, at, granted, judged, delivery, status = 200, isKept }) {
      const leftS = (endsAt(document) - at) / 1000
      const ttlS = document.accessTtlS ?? limits.accessTtlS
      // It never outlives the session, except for a last second.
      const expiresInS = Math.max(1, Math.min(ttlS, Math.floor(leftS)))
      const made = await accessToken(sessionOf(document), { at, expiresInS })
      const value = formatToken(granted)
      // Rounded down to 0, it would remove the cookie.
      const refreshExpiresInS = Math.ceil((document.refreshEndsAt - at) / 1000)
      const response = answer(
        {
          token_type: 'Bearer',
          expires_in: expiresInS,
          ...(delivery !== 'none' && { refresh_expires_in: refreshExpiresInS }),
          session_expires_in: Math.round((document.sessionEndsAt - at) / 1000),
          ...(typeof made === 'string' ? { access_token: made } : made),
          sid: document.sid,
          ...(delivery !== 'none' && { seq: granted.seq }),
          ...(delivery === 'body' && { refresh_token: value }),
        },
        status,
      )
      const older = judged.filter(({ sid, seq }) => sid !== granted.sid || seq < granted.seq)
      const removed = cookies.remove(request, older)
      if (delivery !== 'cookie')
        return withCookies(
          response,
          judged.length === 0 ? [] : [...removed, ...cookies.removeHint(request)],
        )
      return withCookies(response, [
        ...removed,
        // If the browser has moved on meanwhile, setting a cookie that it had would add an old one beside the newer.
        ...(isKept === true ? [] : cookies.keep(request, granted, value, refreshExpiresInS)),
      ])
    },

    async refreshed(request, outcome, shown) {
      const { row, found } = outcome
      const { sid, subject } = 'document' in found ? found.document : {}
      const reason = 'because' in outcome ? reasonOf(outcome.because) : undefined
      audit?.({ event: 'refresh', row, sid, subject, reason })
      switch (outcome.row) {
        case 'S1':
          return withoutCookies(request, over(outcome.because), found.judged, shown)
        case 'S7': {
          const description = 'A spent refresh token was shown again, so this session has ended.'
          const refused = refuse(new Refusal(401, 'reuse_detected', description))
          return withoutCookies(request, refused, found.judged, shown)
        }
        case 'S5':
        case 'S6': {
          // The winner's cookie is on its way to the same browser, so the loser's answer sets and removes none.
          const description = 'Another refresh of this session was faster.'
          const details = { seq: outcome.found.token.seq }
          return refuse(new Refusal(409, 'refresh_superseded', description, {}, details))
        }
        case 'S2':
        case 'S3':
        case 'S4': {
          const { granted, found: renewed } = outcome
          const { delivery } = shown
          const judged = delivery === 'cookie' ? renewed.judged : []
          const isKept = outcome.row === 'S3'
          return answers.granted(request, { ...renewed, granted, isKept, judged, delivery })
        }
      }
    },

    unknown: (request, { judged }, shown) =>
      withoutCookies(request, over({ by: 'unknown' }), judged, shown),

    loggedOut(request, found, shown, endsAll) {
      const response =
        endsAll === undefined
          ? answer(undefined, 204)
          : answer({ ended: endsAll ? 'all' : 'session' }, 200)
      return withoutCookies(request, response, found.judged, shown)
    },
  }
  return answers
}

type Because<Data> = Extract<Refreshed<Data>, { readonly row: 'S1' }>['because']

/** The answer for a session that is over. */
export function over<Data>(because: Because<Data>): Response {
  if (because.by === 'application')
    return refuse(new Refusal(401, because.error ?? 'session_revoked', because.end))
  const [code, description] = WHY_OVER[because.by]
  return refuse(new Refusal(401, code, description))
}

function reasonOf<Data>(because: Because<Data>): string {
  if (because.by === 'end') return because.reason
  return because.by === 'application' ? because.end : because.by
}

function withCookies(response: Response, lines: readonly string[]): Response {
  for (const line of lines) response.headers.append('set-cookie', line)
  return response
}
