import type { Idle } from '../core/record/presence.ts'
import { parseRecord, requestedAt, type SessionRecord } from '../core/record/record.ts'
import { draw, ended } from '../core/record/transitions.ts'
import { plus, sessionMs, type SessionMs } from '../core/time/moments.ts'
import { memoryStorage, readTokenResponse } from '../index.ts'
import { openSession } from '../open-session.ts'
import { resolveOptions, type SessionOptions } from '../options.ts'
import type { Session } from '../session.ts'
import type { EndReason, ExpiryCause } from '../session-state.ts'
import { claimsOf, type Claims } from '../tokens.ts'
import type { Transport } from '../transport.ts'
import { openLoneTab } from './lone-tab.ts'
import { laterTurn } from './turn.ts'
import { unsignedToken } from './unsigned-token.ts'

const ACCESS_TTL_S = 600
/** The server's own words; all other ends come from a tab. */
const BY_SERVER: readonly EndReason[] = ['refresh-rejected', 'reuse-detected', 'revoked']

/** The session of an application under test, at its command. Everything else about it is as in a browser. */
export interface TestSession extends Session {
  /**
   * Signs somebody in, in this tab; whoever was signed in before is no more (`user-switched`). Resolves when all
   * listeners have heard of it. `claims`: what `state.claims` shows. @default { sub: 'test-user' }
   */
  logIn(claims?: Claims): Promise<void>
  /**
   * Ends the session from outside: by the server, or in another tab. Resolves when all listeners have heard of it.
   * `session.logout()` ends it in this tab, and `logIn` of another user switches users. @default 'revoked'
   */
  end(reason?: Exclude<EndReason, 'user-switched'>): Promise<void>
  /**
   * Brings the end as near as `inMs`, and with it the warning. Resolves when all listeners have heard of it. Time then
   * goes on as usual: `extend()` moves what can be moved, and otherwise the session ends. Rejects when nobody is signed
   * in. @default { cause: 'idle', inMs: 60_000 }
   */
  warn(options?: {
    /** Why it ends. No click helps against `session-limit` and `refresh-rejected`. */
    readonly cause?: ExpiryCause | undefined
    /** At most the session's `warnMs`. */
    readonly inMs?: number | undefined
  }): Promise<void>
}

/**
 * Opens a session for the tests of an application: the real one, in a browser with one tab in memory and before an auth
 * server that always renews. `initial`: who is signed in when the page opens; nobody, unless it is given. As in a
 * browser, the state is `restoring` until `ready`.
 *
 * `authFetch` sends through the global `fetch`, so that msw and its like can answer, and shows an unsigned token. Time is
 * that of `Date` and `setTimeout`, fake timers included. `dispose()` it after the test.
 */
export function createTestSession(
  initial: { readonly claims?: Claims } | null = null,
  options: Omit<SessionOptions, 'transport' | 'storage'> = {},
): TestSession {
  const tab = openLoneTab()
  const server = createYesServer(initial && (initial.claims ?? { sub: 'test-user' }))
  const session = openSession(
    resolveOptions({ ...options, transport: server.transport }),
    tab.ports,
  )

  async function logIn(claims: Claims = { sub: 'test-user' }): Promise<void> {
    await session.login(server.answer(claims))
    await laterTurn()
  }

  function change(next: (record: SessionRecord) => SessionRecord): unknown {
    return tab.write((current) => {
      const record = parseRecord(current)
      if (record?.status !== 'logged-in') throw new Error('Nobody is signed in, so nothing can end')
      return next(record)
    })
  }

  async function end(reason: EndReason = 'revoked'): Promise<void> {
    const { randomId, clock } = tab.ports
    const how = {
      reason,
      by: BY_SERVER.includes(reason) ? null : 'another-tab',
      at: sessionMs(clock.now()),
    }
    tab.hear({ type: 'over', record: change((record) => ended(record, draw(randomId), how)) })
    await laterTurn()
  }

  const warn: TestSession['warn'] = async ({ cause = 'idle', inMs = 60_000 } = {}) => {
    const at = sessionMs(tab.ports.clock.now() + inMs)
    change((record) => endingAt(record, cause, at))
    tab.hear({ type: 'hint' })
    await laterTurn()
  }

  return Object.assign(session, { logIn, end, warn })
}

/** The same session, about to end. */
function endingAt(record: SessionRecord, cause: ExpiryCause, at: SessionMs): SessionRecord {
  const { limits } = record
  switch (cause) {
    case 'session-limit':
      return { ...record, limits: { ...limits, session: at } }
    case 'refresh-limit':
      return { ...record, limits: { ...limits, refresh: at }, idle: record.idle ?? nobody(record) }
    case 'refresh-rejected':
      return {
        ...record,
        rejected: true,
        limits: { ...limits, since: plus(at, -(record.lifetimeMs ?? 0)) },
      }
    case 'idle': {
      const { afterMs = 15 * 60_000 } = record.idle ?? {}
      return { ...record, idle: { afterMs, lastActivityAt: plus(at, -afterMs) } }
    }
  }
}

/** Where somebody is there, a limit that can be moved is moved without a word. */
function nobody(record: SessionRecord): Idle {
  return { afterMs: Infinity, lastActivityAt: requestedAt(record) }
}

/** An auth server that knows whoever signed in last, and says yes to everything. */
function createYesServer(first: Claims | null): {
  readonly transport: Transport
  answer(claims: Claims): object
} {
  let known = first
  let issued = 0

  /** No two tokens are the same, so that a test can tell a renewed one. */
  function answer(claims: Claims): object {
    return {
      access_token: unsignedToken({ ...claims, jti: `test-${++issued}` }),
      expires_in: ACCESS_TTL_S,
    }
  }

  const transport: Transport = {
    id: 'latchkey-test',
    storage: memoryStorage(),
    endpoints: [],
    read(given) {
      const tokens = readTokenResponse(given)
      known = claimsOf(tokens.accessToken) ?? {}
      return tokens
    },
    refresh: () =>
      Promise.resolve(
        known
          ? { type: 'refreshed', tokens: readTokenResponse(answer(known)) }
          : { type: 'rejected', reason: 'refresh-rejected' },
      ),
    revoke: () => Promise.resolve(true),
  }
  return { transport, answer }
}
