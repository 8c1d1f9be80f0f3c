import { createAnswers, over } from './answers.ts'
import { createChanges } from './changes.ts'
import {
  overAt,
  sessionOf,
  started,
  timeIn,
  withData,
  type SessionDocument,
  type SessionEnd,
} from './document.ts'
import { optionalCount, optionalFlag, readBody, readKey } from './http/body.ts'
import { createCookies } from './http/cookies.ts'
import { guardAgainstCsrf } from './http/csrf.ts'
import { Refusal, refuse } from './http/refusal.ts'
import { mayEndAll } from './refresh/may-end-all.ts'
import { dataOf, settingsOf, type SessionsOptions, type Start } from './options.ts'
import { refreshSession } from './refresh/refresh.ts'
import { renewSession } from './refresh/renew.ts'
import { adoptForeign, findShown, readShownTokens, type Delivery } from './shown-tokens.ts'
import type { EndedSession } from './store.ts'
import { hashOf, keyOf } from './token/secrets.ts'
import { drawToken, formatToken, parseToken, type RefreshToken } from './token/token.ts'

/** One sign-in of a user on one device, as the server sees it. Times are in epoch milliseconds. */
export interface Session<Data = unknown> {
  /** The name of the session, which its access tokens should carry. It is no secret. */
  readonly sid: string
  readonly subject: string
  /** The number of its newest refresh token: 1 after the sign-in, and one more with each rotation. */
  readonly seq: number
  readonly startedAt: number
  /** The last renewal. The last use may be up to the life of an access token later. */
  readonly seenAt: number
  /** When the first of its limits ends it, if nothing moves that limit before. */
  readonly endsAt: number
  readonly end?: SessionEnd | undefined
  /** What the application keeps with it. */
  readonly data: Data
}

/** A sign-in, for {@link Sessions.start}. */
export type SignIn<Data> = Start<Data> & {
  /**
   * Whether the refresh token goes into a cookie, or into the body for clients that keep it themselves, or nowhere, where
   * the access token is all that a client has: see {@link Sessions.renew}. @default 'cookie'
   */
  readonly delivery?: Delivery | 'none' | undefined
  /** A refresh token that the body of the sign-in shows. Its session is replaced, like those of cookies. */
  readonly replaces?: string | undefined
  /** The status of the answer. @default 200 */
  readonly status?: number | undefined
}

/** How {@link Sessions.renew} renews a session. */
export interface Renewal {
  readonly renewTtlS: number
  /** How long the user has been idle, if that is known. */
  readonly idleMs?: number | undefined
}

/**
 * The server's half of the protocol. Requests and answers are those of the web platform. The endpoints reject only if
 * the store or a hook does; whatever a client does wrong is an answer. What changes a session by the word of the
 * application rejects if other changes were faster twenty times.
 */
export interface Sessions<Data = unknown> {
  /**
   * Begins a session for a user who has just signed in, and ends those whose tokens the request shows. Resolves to a
   * token response (RFC 6749 §5.1).
   */
  start(request: Request, signIn: SignIn<Data>): Promise<Response>
  /** Answers `POST /auth/refresh` by the refresh table, S1 to S7. */
  refresh(request: Request): Promise<Response>
  /**
   * Renews a session by the word of the application, which has verified its access token: for clients that have no other
   * token. Nothing is spent, so a request can be repeated, and theft is not noticed. Moves the refresh limit by
   * `renewTtlS`, and the idle limit if `idleMs` says how long ago the user was active.
   */
  renew(request: Request, sid: string, how: Renewal): Promise<Response>
  /**
   * Answers `POST /auth/logout`: ends the session whose token is shown and no other, or with `everywhere` all of the
   * user's. For `everywhere`, a spent token is not enough: then the one session ends, and the answer says so.
   */
  logout(request: Request): Promise<Response>
  /** Finds a session. One that has ended is found as long as the store keeps it. Resolves to `undefined` if the session is unknown. */
  find(sid: string): Promise<Session<Data> | undefined>
  /** The live sessions of a user, the newest first. */
  list(subject: string): Promise<Session<Data>[]>
  /** Changes the application's data of a live session. Resolves to whether it is alive. `change` may be called again. */
  update(sid: string, change: (data: Data) => Data): Promise<boolean>
  /** Ends a session. Resolves to whether it was alive. @param reason defaults to `revoked` */
  end(sid: string, reason?: string): Promise<boolean>
  /** Ends all sessions of a user, but for `except`. Resolves to how many. A sign-in at the same moment may survive. */
  endAll(
    subject: string,
    options?: { readonly except?: string | undefined; readonly reason?: string | undefined },
  ): Promise<number>
  /** The sessions that have ended at `since` (epoch milliseconds) or later, for a verifier to refuse their tokens. */
  endedSince(since: number): Promise<readonly EndedSession[]>
}

/** Creates the server's half of the protocol. Throws a `TypeError` that names an option which cannot be used. */
export function createSessions<Data = undefined>(options: SessionsOptions<Data>): Sessions<Data> {
  const settings = settingsOf(options)
  const { store, limits, maxSessionsPerSubject, foreign, audit, throttle, origins } = settings
  const cookies = createCookies(settings.cookie ?? {})
  const changes = createChanges<Data>(settings)
  const answers = createAnswers(settings, cookies)

  /** What refresh and logout have in common: the request is wanted, and its tokens are read. */
  async function receive(request: Request) {
    const waitS = await throttle?.(request)
    if (waitS !== undefined) {
      const headers = { 'retry-after': String(Math.ceil(waitS)) }
      throw new Refusal(429, 'too_many_requests', 'There were too many requests.', headers)
    }
    const body = await readBody(request)
    guardAgainstCsrf(request, origins, 'refresh_token' in body)
    const shown = await readShownTokens(request, body, cookies, foreign)
    const tokens = await adoptForeign(shown, settings, changes)
    const key = readKey(request)
    return { body, key: key === undefined ? key : await keyOf(key), shown: { ...shown, tokens } }
  }

  return {
    start: answering(async (request: Request, signIn: SignIn<Data>) => {
      const { subject, delivery = 'cookie', status = 200, replaces } = signIn
      guardAgainstCsrf(request, origins, delivery !== 'cookie')
      const judged = await endReplaced(cookies.read(request), replaces)
      const token = drawToken()
      const { sid, seq } = token
      const [family, leaf] = await Promise.all([hashOf(token.family), hashOf(formatToken(token))])
      const born = { sid, seq, subject, data: dataOf<Data>(signIn), family, leaf }
      const at = await store.now()
      const document = started(born, limits, signIn.limits, at)
      if (!(await changes.write(document))) throw new Error('The store refused a new session')
      audit?.({ event: 'started', sid, subject })
      await endOldest(subject, sid)
      return answers.granted(request, { document, at, judged, granted: token, delivery, status })
    }),

    refresh: answering(async (request: Request) => {
      const { body, key, shown } = await receive(request)
      const outcome = await refreshSession(
        {
          ...{ request, body, key, tokens: shown.tokens },
          seq: optionalCount(body, 'seq'),
          idleMs: optionalCount(body, 'idle_ms'),
        },
        settings,
        changes,
      )
      return answers.refreshed(request, outcome, shown)
    }),

    renew: answering(async (request: Request, sid: string, how: Renewal) => {
      const renewed = await renewSession({ request, sid, ...how }, settings, changes)
      if ('because' in renewed) return over(renewed.because)
      const granted = { sid, seq: renewed.document.seq, family: '', own: '' }
      return answers.granted(request, { ...renewed, granted, judged: [], delivery: 'none' })
    }),

    logout: answering(async (request: Request) => {
      const { body, key, shown } = await receive(request)
      const isEverywhere = optionalFlag(body, 'everywhere')
      const found = await findShown(shown.tokens, changes)
      if (!('document' in found)) {
        audit?.({ event: 'logout' })
        return answers.unknown(request, found, shown)
      }
      const { sid, subject } = found.document
      audit?.({ event: 'logout', sid, subject })
      // A session that is over must not end the others: its token may be with the person it was ended against.
      const endsAll = isEverywhere && (await mayEndAll(found, key))
      if (endsAll) await changes.endAll(subject, 'logout_everywhere', () => true)
      await changes.end(sid, 'logout')
      return answers.loggedOut(request, found, shown, isEverywhere ? endsAll : undefined)
    }),

    async find(sid) {
      const found = await changes.read(sid)
      return found && sessionOf(found.document)
    },

    list: async (subject) => (await listAlive(subject)).map((document) => sessionOf(document)),

    update: (sid, change) =>
      changes.retry(async () => {
        const found = await changes.read(sid)
        if (found === undefined || overAt(found.document, found.at)) return false
        const { document } = found
        return (await changes.write(withData(document, change(document.data)))) || undefined
      }),

    end: (sid, reason = 'revoked') => changes.end(sid, reason),
    endAll: (subject, { except, reason = 'revoked' } = {}) =>
      changes.endAll(subject, reason, ({ sid }) => sid !== except),
    endedSince: async (since) =>
      (await store.endedSince(since)).flatMap(({ sid, subject, end }) =>
        // A store may list a session before its end is written.
        end ? [{ sid, subject, ...end }] : [],
      ),
  }

  /** Ends the oldest sessions of a subject if a sign-in, which made the session `newest`, has made too many. */
  async function endOldest(subject: string, newest: string): Promise<void> {
    if (maxSessionsPerSubject === undefined) return
    const others = (await listAlive(subject)).filter(({ sid }) => sid !== newest)
    const tooMany = others.slice(maxSessionsPerSubject - 1)
    await Promise.all(tooMany.map(({ sid }) => changes.end(sid, 'too_many_sessions')))
  }

  /** The live sessions of a subject, the newest first. */
  async function listAlive(subject: string): Promise<SessionDocument<Data>[]> {
    const [documents, now] = await Promise.all([changes.list(subject), store.now()])
    return documents
      .filter((document) => !overAt(document, timeIn(document, now)))
      .sort((a, b) => b.startedAt - a.startedAt)
  }

  /** Ends the sessions that a sign-in of this browser replaces. Resolves to the cookies that were judged. */
  async function endReplaced(
    inCookies: readonly RefreshToken[],
    inBody: string | undefined,
  ): Promise<RefreshToken[]> {
    const shown = [...inCookies, ...(inBody === undefined ? [] : [parseToken(inBody) ?? []].flat())]
    const sids = [...new Set(shown.map(({ sid }) => sid))]
    const ofSid = (sid: string) => shown.filter((token) => token.sid === sid)
    const found = await Promise.all(sids.map((sid) => findShown(ofSid(sid), changes)))
    for (const each of found)
      if ('document' in each) await changes.end(each.document.sid, 'replaced')
    return found.flatMap(({ judged }) => judged).filter((token) => inCookies.includes(token))
  }
}

/** An endpoint: what it throws as a refusal becomes its answer. */
function answering<Arguments extends unknown[]>(
  endpoint: (...args: Arguments) => Promise<Response>,
): (...args: Arguments) => Promise<Response> {
  return (...args) => endpoint(...args).catch(refuse)
}
