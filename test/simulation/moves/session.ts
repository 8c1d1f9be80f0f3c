import type { ServerLimits, TokenAnswer } from '../../../src/testing/index.ts'
import { claimsOf } from '../../../src/tokens.ts'
import type { Move } from '../moves.ts'
import {
  API,
  LOGIN_MS,
  LOGOUT_MS,
  READY_MS,
  REQUEST_MS,
  STRANGER,
  type Actor,
  type Call,
  type World,
} from '../world.ts'

const WAITS_MS = [100, 300, 1_000, 3_000, 11_000, 60_000, 300_000, 600_000, 1_150_000] as const
const BODIES = [
  { name: 'no body' },
  { name: 'text', method: 'POST', body: 'text' },
  { name: 'a form', method: 'PUT', body: new URLSearchParams({ a: 'b' }) },
  { name: 'bytes', method: 'POST', body: new Uint8Array([1, 2, 3]) },
  { name: 'a blob', method: 'PATCH', body: new Blob(['blob']) },
] as const satisfies readonly (RequestInit & { readonly name: string })[]
const TARGETS = ['/api/notes', '/api/me', `${API}/v1/notes`, `${STRANGER}/notes`]
const LIMITS: readonly ServerLimits[] = [
  {},
  {},
  {},
  { session_expires_in: 3_600 },
  { refresh_expires_in: 1_800 },
  { session_expires_in: 7_200, refresh_expires_in: 1_200 },
]

// How long a wish to stay holds the end off, and how long it may take until the record says so.
const HELD_OFF_MS = 30_000
const NOTED_MS = 2_000

/** A logout by a tab that knows of no session cannot name one. */
export const NAMELESS = 'nameless logout'

/** The one of them that was picked. */
export function at<T>(list: readonly T[], pick: number): T | undefined {
  return list[pick % Math.max(list.length, 1)]
}

/** One of the tabs whose script runs and still has its session. */
export function awake(world: World, pick: number): Actor | undefined {
  return at(
    world.open.filter(({ tab, isDisposed }) => tab.isRunning && !isDisposed),
    pick,
  )
}

function request(world: World, pick: number, much: number): string | undefined {
  return requestBy(world, awake(world, pick), pick, much)
}

/** A call that is made while the page waits for its user. */
function park(world: World, pick: number, much: number): string | undefined {
  const covered = world.open.filter(
    ({ tab, isDisposed }) => tab.isRunning && !isDisposed && tab.session.state.cover,
  )
  return requestBy(world, at(covered, pick), much, pick % 2)
}

function requestBy(
  world: World,
  by: Actor | undefined,
  pick: number,
  much: number,
): string | undefined {
  const targets = [...TARGETS, `${world.kind.renewsAt}/status`]
  const target = much < 7 ? at(targets, much % 2) : at(targets, much)
  if (!by || !target) return undefined
  const { name, ...init } = at(BODIES, pick + much) ?? BODIES[0]
  const call = world.track(by, `request ${target}`, REQUEST_MS, (call) => {
    const { id, abort } = call
    call.isWrite = 'method' in init
    const headers = { 'x-call': String(id) }
    const { signal } = abort
    // Now and then as a Request, whose body can be read only once.
    return much % 3 === 2
      ? by.tab.session.authFetch(
          new Request(new URL(target, 'https://app.test/page'), { ...init, headers, signal }),
        )
      : by.tab.session.authFetch(target, { ...init, headers, signal })
  })
  return `${by.name} requests ${target} with ${name} (call ${call.id})`
}

function token(world: World, pick: number, much: number): string | undefined {
  const by = awake(world, pick)
  if (!by) return undefined
  const options = [{}, { forceRefresh: true }, { minValidityMs: 300_000 }, { forceRefresh: true }][
    much % 4
  ]
  const call = world.track(by, 'access token', REQUEST_MS, ({ abort: { signal } }) =>
    by.tab.session.getAccessToken({ ...options, signal }),
  )
  return `${by.name} asks for an access token ${JSON.stringify(options)} (call ${call.id})`
}

/** Somebody is there, in this tab. */
export function beThere(world: World, actor: Actor): void {
  const { session } = actor.tab
  const { status, warning } = session.state
  if (actor.isDisposed || status !== 'logged-in') return
  session.reportActivity()
  // While one is warned of that, only the explicit wish counts.
  if (warning?.cause !== 'idle') world.act(actor, world.now, world.now)
}

function act(world: World, pick: number): string | undefined {
  const by = awake(world, pick)
  if (!by || world.setting.afterMs === Infinity) return undefined
  beThere(world, by)
  return `somebody is there in ${by.name}`
}

function extend(world: World, pick: number): string | undefined {
  const by = awake(world, pick)
  if (by?.tab.session.state.status !== 'logged-in') return undefined
  const { disputes, now: askedAt } = world
  // The wish alone is good for half a minute, from when it was noted, if its tab does not live to see the answer.
  world.act(by, -Infinity, askedAt + HELD_OFF_MS + NOTED_MS - world.setting.afterMs)
  const { clock } = world.browser
  const leftMs = (by.tab.session.state.endsAt ?? Infinity) - clock.now()
  const heldUntil = leftMs > NOTED_MS ? clock.uptime() + HELD_OFF_MS - NOTED_MS : -Infinity
  const call = world.track(by, 'extend', REQUEST_MS + READY_MS, async (call) => {
    const result = await by.tab.session.extend()
    if (result.ok) world.act(by, world.disputes === disputes ? askedAt : -Infinity, world.now)
    else call.isOverInSpite = result.reason === 'idle' && clock.uptime() < heldUntil
    return result
  })
  return `${by.name} asks to stay (call ${call.id})`
}

/** Where tokens come in bodies, a login without one fails, and the session that is there goes on. */
function logInWithNothing(world: World, pick: number): string | undefined {
  const by = awake(world, pick)
  if (!by || !world.kind.isSecret || world.kind.admitsAnyone) return undefined
  const call = world.track(by, 'empty login', LOGIN_MS, () => by.tab.session.login())
  return `${by.name} logs in without an answer (call ${call.id})`
}

/** Whether another login or logout is still under way, and may yet have the last word. */
function isContested({ calls }: World, by: Call): boolean {
  return calls.some(
    (call) => call !== by && /^log/.test(call.name) && !call.outcome && !call.by.tab.isGone,
  )
}

/** The application's own login call. */
async function signIn(by: Actor, subject: string, limits: ServerLimits): Promise<TokenAnswer> {
  const body = JSON.stringify({ subject, limits })
  const response = await by.tab.fetch('/auth/login', { method: 'POST', body })
  return (await response.json()) as TokenAnswer
}

/** The session that an answer belongs to, by its access token: not every server names it beside that. */
function sidOf(answer: TokenAnswer | undefined): string {
  return String(claimsOf(String(answer?.['access_token']))?.['sid'])
}

function logIn(world: World, pick: number, much: number, subject: string): string | undefined {
  const by = awake(world, pick)
  if (!by) return undefined
  const { kind } = world
  const limits = { ...(kind.isRepeatable && !kind.isNamed ? {} : at(LIMITS, much)), ...kind.limits }
  const disputes = world.dispute(`login as ${subject}`)
  const { now: begunAt } = world
  // The first of all sessions begins with this, or later. Any other may fail to.
  const isFirst = world.active.from === -Infinity
  world.act(by, isFirst ? begunAt : -Infinity, begunAt + LOGIN_MS)
  const endsAt = world.limit(limits, begunAt)
  const call = world.track(by, 'login', LOGIN_MS, async (call) => {
    const answer = kind.admitsAnyone ? undefined : await signIn(by, subject, limits)
    // An answer that comes after that of a later login is believed as well.
    if (world.disputes !== disputes) world.dispute(`login as ${subject}`)
    world.signedOut.delete(sidOf(answer))
    await by.tab.session.login(answer)
    // As a page of it would that is opened now, if the cookie is its own.
    world.neighbour?.session.login().catch(() => undefined)
    world.act(by, begunAt, world.now)
    const { state } = by.tab.session
    const [sid, who] = answer
      ? [sidOf(answer), subject]
      : [String(state.claims?.['sid']), String(state.subject)]
    if (world.disputes === disputes && !isContested(world, call)) world.promise(who, sid, endsAt)
  })
  return `${by.name} logs in as ${subject} ${JSON.stringify(limits)} (call ${call.id})`
}

function logOut(world: World, pick: number, much: number): string | undefined {
  const by = awake(world, pick)
  if (!by) return undefined
  const everywhere = much > 8
  world.dispute('logout')
  const { status, claims } = by.tab.session.state
  if (status !== 'logged-in') world.excuses.add(NAMELESS)
  else if (typeof claims?.['sid'] === 'string') world.signedOut.add(claims['sid'])
  const call = world.track(by, 'logout', READY_MS + LOGOUT_MS, () =>
    by.tab.session.logout({ everywhere }),
  )
  return `${by.name} logs out${everywhere ? ' everywhere' : ''} (call ${call.id})`
}

function abort(world: World, pick: number): string | undefined {
  const call = at<Call>(
    world.calls.filter(({ outcome, name }) => !outcome && /request|token/.test(name)),
    pick,
  )
  call?.abort.abort(new Error('of the caller'))
  return call && `call ${call.id} is aborted`
}

/** What the application does, and time. */
export const sessionMoves = {
  wait: {
    weight: 8,
    isCalm: true,
    async run(world, _, much) {
      const { afterMs, warnMs } = world.setting
      const idleMs = Math.min(afterMs, 1_800_000)
      // At last until shortly before the user is warned, and until shortly before the end.
      const ms = at([...WAITS_MS, idleMs - warnMs - 2_000, idleMs - 8_000, idleMs], much) ?? 0
      await world.wait(ms)
      return `${ms / 1000} s pass`
    },
  },
  request: { weight: 6, isCalm: true, run: request },
  // Only where pages are covered: elsewhere nothing waits.
  park: { weight: 0, run: park },
  token: { weight: 3, isCalm: true, run: token },
  'log in': {
    weight: 2,
    isCalm: true,
    run: (world, pick, much) => logIn(world, pick, much, 'alice'),
  },
  'log in as another': {
    weight: 1,
    isCalm: true,
    run: (world, pick, much) => logIn(world, pick, much, 'bob'),
  },
  'log in with nothing': { weight: 1, isCalm: true, run: logInWithNothing },
  'log out': { weight: 1, isCalm: true, run: logOut },
  act: { weight: 4, isCalm: true, run: act },
  extend: { weight: 2, isCalm: true, run: extend },
  abort: { weight: 1, isCalm: true, run: abort },
  'take last end': {
    weight: 1,
    isCalm: true,
    run(world, pick) {
      const by = awake(world, pick)
      if (by) world.track(by, 'last end', READY_MS, () => by.tab.session.takeLastEnd())
      return by && `${by.name} asks why the last session ended`
    },
  },
} satisfies Record<string, Move>
