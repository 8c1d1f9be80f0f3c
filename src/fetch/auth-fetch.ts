import type { Access } from '../core/refresh/access.ts'
import { freshness } from '../core/record/freshness.ts'
import type { Renewal } from '../core/refresh/renewal.ts'
import { sessionOver, type Scope } from '../core/session/scope.ts'
import type { Held, Tab } from '../core/session/tab.ts'
import type { Time } from '../core/time/time.ts'
import { isSessionError, type SessionError } from '../errors.ts'
import type { StepUp } from '../session-state.ts'
import { bearer, type Tokens } from '../tokens.ts'
import type { RequestLine, Transport } from '../transport.ts'
import { judgeChallenge, type Verdict } from './challenge.ts'
import { dress, outgoing, spare, type AuthRequestInit, type Outgoing } from './outgoing.ts'
import type { ResolveTarget } from './targets.ts'

// An API that refuses a token which has only just been made refuses something else: no renewal for it for a while.
const HOPELESS_MS = 30_000

/** `repeat`: the transport knows now what the request was lacking, which was not another token. */
type Judgement = Verdict | 'repeat'

/** `fetch`, with a good access token. Same arguments, same results, same network errors and abort reasons. */
export type AuthFetch = (input: RequestInfo | URL, init?: AuthRequestInit) => Promise<Response>

/** What `authFetch` is made of. */
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
  /** Why nothing at all is sent now, if there is a reason. */
  readonly refusal: () => SessionError | undefined
  /** The answer to a request with `shown` has brought other tokens. */
  readonly onReplacement: (shown: Held, tokens: Tokens) => void
  readonly onStepUp: (stepUp: StepUp, url: string) => void
  readonly end: (reason: 'revoked' | 'refresh-rejected') => Promise<void>
}

/** Creates the session's `fetch`. */
export function createAuthFetch(deps: AuthFetchDeps): AuthFetch {
  const { time, fetch, tab, scope, renewal, access, transport, resolveTarget, judge, refusal } =
    deps
  /** An answer that is no 401 says nothing of the token, whatever else it says. */
  const isStatusEnough = judge === judgeChallenge && !transport.inspect
  let hopeless: { readonly held: Held; readonly until: number } | undefined

  /** Never throws: fetch rejects, whatever is wrong with its arguments. */
  function authFetch(...args: Parameters<AuthFetch>): Promise<Response> {
    try {
      const refused = refusal()
      if (refused) throw refused
      const call = tab.state.status === 'logged-out' ? undefined : taken(args)
      if (!call) return fetch(...args)
      const { held } = tab
      return held && isGood(held) ? send(call, held) : prepare(call)
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      return Promise.reject(error)
    }
  }

  function taken(args: Parameters<AuthFetch>): Outgoing | undefined {
    try {
      return args.length < 1 ? undefined : outgoing(args[0], args[1], resolveTarget)
    } catch {
      // What cannot be taken apart is for fetch to refuse, in its own words.
      return undefined
    }
  }

  /** Whether these tokens can go out at once, on what this tab knows. */
  function isGood(held: Held): boolean {
    const now = time.now()
    return tab.isCurrent(now) && freshness(held, now) === 'fresh'
  }

  /** Waits for what the request needs: the restored session, a look at the record, a token. */
  async function prepare(call: Outgoing): Promise<Response> {
    const held = await access.obtain({
      signal: call.signal,
      // A stream can be sent once, so rather not with a token that may be refused; but better than not at all.
      isEnough: (at, now) => !call.isOneShot || freshness(at, now) === 'fresh',
      makesDo: true,
    })
    return await (held ? send(call, held) : fetch(call.request ?? call.href, call.init))
  }

  function send(call: Outgoing, held: Held): Promise<Response> {
    const again = spare(call)
    return sendOnce(call, held).then((response) => {
      const verdict = verdictOn(response, held)
      return verdict === 'ok' ? response : conclude(again, held, response, verdict)
    })
  }

  /** What the API says of the token. A redirect may end where no token goes: what is said there is about something else. */
  function verdictOn(response: Response, used: Held): Judgement | Promise<Judgement> {
    // Most end here: for each property that is read, browsers take their time.
    if (isStatusEnough && response.status !== 401) return 'ok'
    if (response.redirected && resolveTarget(response.url) === null) return 'ok'
    const told = transport.inspect?.(response)
    if (told === 'repeat') return told
    if (told) deps.onReplacement(used, told)
    return judge(response)
  }

  function sendOnce(call: Outgoing, held: Held): Promise<Response> {
    mustBeCurrent(held)
    const { tokens } = held
    // That of now: the session may be over by the time the transport has its headers ready.
    const { signal } = scope
    // Without a token to show, a cookie that script cannot read is the authorization.
    const credentials = tokens.accessToken === null ? 'include' : undefined
    const headers = transport.authorize ? transport.authorize(call, tokens) : bearer(tokens)
    const resource = call.request ?? call.href
    return headers instanceof Promise
      ? headers.then((list) => fetch(resource, dress(call, list, signal, credentials)))
      : fetch(resource, dress(call, headers, signal, credentials))
  }

  async function conclude(
    call: Outgoing,
    used: Held,
    response: Response,
    judged: Judgement | Promise<Judgement>,
  ): Promise<Response> {
    const verdict = await judged
    mustBeCurrent(used)
    const isTokenGood = verdict === 'repeat'
    if (verdict !== 'renew' && !isTokenGood) return await heed(call, response, verdict)
    const mayRepeat = call.mayRepeat && deps.shouldReplay(call)
    if (!mayRepeat) return isTokenGood ? response : await leave(response, used)
    const refusal = await detached(response)
    const better = isTokenGood ? used : await betterThan(used, call)
    if (!better) return refusal
    const second = await sendOnce(call, better)
    const again = await verdictOn(second, better)
    mustBeCurrent(better)
    if (again !== 'renew') return await heed(call, second, again)
    if (isTokenGood) return await leave(second, used)
    hopeless = { held: better, until: time.now() + HOPELESS_MS }
    return second
  }

  /** The refusal stands, and the next call will fare better. */
  async function leave(response: Response, used: Held): Promise<Response> {
    const refusal = await detached(response)
    if (tab.held === used) renewal.behind()
    return refusal
  }

  async function heed(
    call: Outgoing,
    response: Response,
    verdict: Exclude<Judgement, 'renew'>,
  ): Promise<Response> {
    if (typeof verdict === 'object') deps.onStepUp(verdict, call.url)
    if (verdict !== 'ended') return response
    const answer = await detached(response)
    await deps.end('revoked')
    return answer
  }

  /** Nothing is sent, believed or handed out for a session that is over, however late a promise settles. */
  function mustBeCurrent(used: Held): void {
    // Most are those at hand, and need no comparison of names.
    if (used !== tab.held && used.session !== tab.record?.session) throw sessionOver(tab.record)
  }

  /** Tokens that may fare better than those that were refused, or nothing: then the refusal stands. */
  async function betterThan(used: Held, call: Outgoing): Promise<Held | undefined> {
    mustBeCurrent(used)
    const { record, held } = tab
    const newest = held && held.generation > used.generation ? held : used
    if (newest !== used && freshness(newest, time.now()) !== 'expired') return newest
    if (hopeless && hopeless.held === held && time.now() < hopeless.until) return undefined
    try {
      if (!record?.rejected) return await access.newer(used.session, newest.generation, call)
    } catch (error) {
      if (!isServersWord(error)) throw error
    }
    // Neither renewable nor accepted any more: that was the last it was good for.
    if (tab.record?.session === used.session && tab.record.rejected)
      await deps.end('refresh-rejected')
    return undefined
  }

  /** Not the caller's abort, nor another session, under which nothing of this one is repeated. */
  function isServersWord(error: unknown): boolean {
    if (!isSessionError(error)) return false
    const { record } = tab
    return (
      error.code === 'refresh_unavailable' || Boolean(record?.rejected) || record?.end?.by === null
    )
  }

  return authFetch
}

/** The same answer with its body in memory: what comes next may end the session, and abort all that is still arriving for it. */
async function detached(response: Response): Promise<Response> {
  // An opaque one: there is nothing to keep, and no Response can be made like it.
  if (!response.status) return response
  const body = response.body && (await response.arrayBuffer())
  const { url, redirected } = response
  return Object.defineProperties(new Response(body, response), {
    url: { value: url },
    redirected: { value: redirected },
  })
}
