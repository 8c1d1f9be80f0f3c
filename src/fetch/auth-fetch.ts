import type { Access } from '../core/refresh/access.ts'
import { freshness } from '../core/record/freshness.ts'
import type { Renewal } from '../core/refresh/renewal.ts'
import { sessionOver, type Scope } from '../core/session/scope.ts'
import type { Held, Tab } from '../core/session/tab.ts'
import type { Time } from '../core/time/time.ts'
import { isSessionError, type SessionError } from '../errors.ts'
import type { StepUp } from '../session-state.ts'
import { bearer } from '../tokens.ts'
import type { HeaderList, RequestLine, Transport } from '../transport.ts'
import { judgeChallenge, type Verdict } from './challenge.ts'
import {
  cloneForReplay,
  fetchFor,
  outgoing,
  sendAsIs,
  sendWith,
  validate,
  type AuthRequestInit,
  type Outgoing,
} from './outgoing.ts'
import { followBoth } from './follow-both.ts'
import { keepRefusal, readInTime } from './kept-refusal.ts'
import type { Parking } from './parking.ts'
import type { ResolveTarget } from './targets.ts'
import { whyAborted } from './why-aborted.ts'

// An API that refuses a new token refuses it for another reason: no renewal because of its 401s for a while.
const NO_RENEWAL_MS = 30_000

/** `repeat`: the transport knows now what the request lacked, and it was not another token. */
type Judgement = Verdict | 'repeat'

/** `fetch`, with a good access token. Same arguments, same results, same network errors and abort reasons. */
export type AuthFetch = (input: RequestInfo | URL, init?: AuthRequestInit) => Promise<Response>

/** What `authFetch` works with. */
export interface AuthFetchDeps {
  readonly time: Time
  readonly fetch: typeof fetch
  readonly tab: Tab
  readonly scope: Scope
  readonly renewal: Renewal
  readonly access: Access
  readonly transport: Transport
  readonly resolveTarget: ResolveTarget
  readonly judge: (response: Response) => Verdict | Promise<Verdict>
  readonly shouldReplay: (request: RequestLine) => boolean
  /** Whether the session of this tab is known to be over, without a look at the record. */
  readonly isKnownOver: () => boolean
  /** Why no request may be sent now, if there is a reason. */
  readonly refusal: () => SessionError | undefined
  /** Called with each answer to a request with `used`, if answers may bring tokens. */
  readonly onAnswer: ((used: Held, response: Response) => void) | undefined
  readonly onStepUp: (stepUp: StepUp, url: string) => void
  readonly end: (session: string, reason: 'revoked' | 'refresh-rejected') => Promise<void>
  readonly parking?: Parking | undefined
}

/** Creates the session's `fetch`. */
export function createAuthFetch(deps: AuthFetchDeps): AuthFetch {
  const { time, fetch, tab, scope, renewal, access, transport, resolveTarget, judge } = deps
  /** Whether an answer that is no 401 is passed on unread. */
  const isStatusEnough = judge === judgeChallenge && !transport.inspect && !deps.onAnswer
  /** Tokens that were refused although they were new, and until when they are not renewed because of that. */
  let refusedNew: { readonly held: Held; readonly until: number } | undefined

  /** Never throws: like fetch, it rejects when its arguments are wrong. */
  function authFetch(...args: Parameters<AuthFetch>): Promise<Response> {
    try {
      const refused = deps.refusal()
      if (refused) throw refused
      const isOver = tab.state.status === 'logged-out' && !deps.parking?.isWaiting
      if (isOver || (args as readonly unknown[]).length === 0)
        return fetchFor(args[1], fetch)(...args)
      const call = outgoing(args[0], args[1], resolveTarget, fetch)
      if (!('href' in call)) return sendAsIs(call)
      return deps.parking?.carry(call, attempt) ?? attempt(call)
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      return Promise.reject(error)
    }
  }

  function attempt(call: Outgoing): Promise<Response> {
    const { held } = tab
    return held && mayBeSent(call, held) ? send(call, held) : prepare(call)
  }

  /** Whether these tokens can be sent at once, without a look at the record. */
  function mayBeSent(call: Outgoing, held: Held): boolean {
    if (tab.maySend(time.now())) return true
    // The page may be gone before a look or a renewal has come to anything.
    const mayHurry = call.isKeepalive && freshness(held, time.sessionNow()) !== 'expired'
    return mayHurry && !deps.isKnownOver()
  }

  /** Waits for what the request needs: the restored session, a look at the record, a fresh token. */
  async function prepare(call: Outgoing): Promise<Response> {
    try {
      validate(call)
    } catch {
      return await sendAsIs(call)
    }
    const held = await access.obtain({
      signal: call.signal,
      // A stream can be sent only once, so a token that may be refused is used only if no other can be had.
      isEnough: (at, now) => !call.isOneShot || freshness(at, now) === 'fresh',
      makesDo: true,
    })
    return await (held ? send(call, held) : sendAsIs(call))
  }

  function send(call: Outgoing, held: Held): Promise<Response> {
    const again = cloneForReplay(call)
    const { signal } = scope
    return sendOnce(call, held).then(
      (response) => {
        const verdict = verdictOn(response, held)
        return verdict === 'ok' ? response : conclude(again, held, response, verdict)
      },
      whyAborted(signal, call.signal),
    )
  }

  /** What the API says about the token. A redirect may end at an origin that gets no token: its answer says nothing about one. */
  function verdictOn(response: Response, used: Held): Judgement | Promise<Judgement> {
    // Most answers end here: browsers take their time for each property that is read.
    if (isStatusEnough && response.status !== 401) return 'ok'
    if (response.redirected && resolveTarget(response.url) === null) return 'ok'
    if (transport.inspect?.(response) === 'repeat') return 'repeat'
    deps.onAnswer?.(used, response)
    return judge(response)
  }

  function sendOnce(call: Outgoing, held: Held): Promise<Response> {
    mustBeCurrent(held)
    const { tokens } = held
    // Read now: the session may be over when the transport has its headers ready.
    const { signal } = scope
    // Without a token that script can read, an HttpOnly cookie is the authorization.
    const credentials = tokens.accessToken === null ? (call.credentials ?? 'include') : undefined
    const headers = transport.authorize ? transport.authorize(call, tokens) : bearer(tokens)
    // No comparison with Promise: zone.js replaces it.
    return 'then' in headers
      ? (headers as Promise<HeaderList>).then((list) => go(call, list, signal, credentials))
      : go(call, headers, signal, credentials)
  }

  function go(
    call: Outgoing,
    list: HeaderList,
    session: AbortSignal,
    credentials: RequestCredentials | undefined,
  ): Promise<Response> {
    call.progress.at = 'sent'
    const goWith = (signal: AbortSignal): Promise<Response> =>
      sendWith(call, list, signal, credentials)
    return call.signal ? followBoth(call.signal, session, goWith) : goWith(session)
  }

  async function conclude(
    call: Outgoing,
    used: Held,
    response: Response,
    judged: Judgement | Promise<Judgement>,
  ): Promise<Response> {
    const verdict = await judged
    const isTokenGood = verdict === 'repeat'
    const isRefused = verdict === 'renew' || isTokenGood
    if (isRefused) call.progress.at = 'refused'
    mustBeCurrent(used)
    if (!isRefused) return await applyVerdict(call, used, response, verdict)
    const mayRepeat = call.mayRepeat && deps.shouldReplay(call)
    if (!mayRepeat) return isTokenGood ? response : giveUp(call, response, used)
    const refusal = keepRefusal(response, scope.signal, call.signal)
    const better = isTokenGood ? used : await betterThan(used, call)
    if (!better) return refusal.handOver()
    refusal.drop()
    const { signal } = scope
    const second = await sendOnce(call, better).catch(whyAborted(signal, call.signal))
    const again = await verdictOn(second, better)
    mustBeCurrent(better)
    if (again !== 'renew') return await applyVerdict(call, better, second, again)
    if (isTokenGood) return giveUp(call, second, used)
    refusedNew = { held: better, until: time.sessionNow() + NO_RENEWAL_MS }
    return second
  }

  /** The caller gets the refusal, and the token is renewed for the next call. */
  function giveUp(call: Outgoing, response: Response, used: Held): Response {
    // A renewal may end the session, which would cut off what has not arrived yet.
    void readInTime(time, response, scope.signal, call.signal).then((refusal) => {
      refusal.handOver()
      if (tab.held === used) renewal.behind()
    })
    return response
  }

  async function applyVerdict(
    call: Outgoing,
    used: Held,
    response: Response,
    verdict: Exclude<Judgement, 'renew'>,
  ): Promise<Response> {
    if (typeof verdict === 'object') deps.onStepUp(verdict, call.url)
    if (verdict !== 'ended') return response
    const refusal = await readInTime(time, response, scope.signal, call.signal)
    mustBeCurrent(used)
    await deps.end(used.session, 'revoked')
    return refusal.handOver()
  }

  /** Throws if the session of these tokens is over: nothing is sent or returned for it, however late a promise settles. */
  function mustBeCurrent(used: Held): void {
    // Most calls use the tokens at hand, and need no comparison of names.
    if (used !== tab.held && used.session !== tab.record?.session) throw sessionOver(tab.record)
  }

  /** Tokens that the API may accept instead of those it refused; `undefined` if the caller gets the refusal. */
  async function betterThan(used: Held, call: Outgoing): Promise<Held | undefined> {
    mustBeCurrent(used)
    const { record, held } = tab
    const newest = held && held.generation > used.generation ? held : used
    if (newest !== used && freshness(newest, time.sessionNow()) !== 'expired') return newest
    if (refusedNew && refusedNew.held === held && time.sessionNow() < refusedNew.until)
      return undefined
    try {
      if (!record?.rejected) return await access.newer(used.session, newest.generation, call)
    } catch (error) {
      if (!isServersDecision(error)) throw error
    }
    // The token can no longer be renewed, and the API no longer accepts it.
    if (tab.record?.session === used.session && tab.record.rejected)
      await deps.end(used.session, 'refresh-rejected')
    return undefined
  }

  /** Whether the server ended the wait. The caller's abort and the start of another session do not count: then nothing is repeated. */
  function isServersDecision(error: unknown): boolean {
    if (!isSessionError(error)) return false
    const { record } = tab
    return (
      error.code === 'refresh_unavailable' || Boolean(record?.rejected) || record?.end?.by === null
    )
  }

  // As that of fetch.
  return Object.defineProperty(authFetch, 'length', { value: 1 })
}
