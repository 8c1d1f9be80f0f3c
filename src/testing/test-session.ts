import { parseRecord } from '../core/record/parse-record.ts'
import type { SessionRecord } from '../core/record/record.ts'
import { draw, ended } from '../core/record/transitions.ts'
import { sessionMs } from '../core/time/moments.ts'
import { diagnostics, expiryWarnings, memoryStorage, readTokenResponse } from '../index.ts'
import { openSession } from '../open-session.ts'
import { resolveOptions, type SessionOptions } from '../options.ts'
import type { Session } from '../session.ts'
import type { EndReason, ExpiryCause } from '../session-state.ts'
import { claimsOf, type Claims } from '../tokens.ts'
import type { Transport } from '../transport.ts'
import { endingAt } from './ending-at.ts'
import { openLoneTab } from './lone-tab.ts'
import { laterTurn } from './turn.ts'
import { unsignedToken } from './unsigned-token.ts'

const ACCESS_TTL_S = 600
/** The reasons that only a server gives. For all others the end is reported as another tab's. */
const BY_SERVER: readonly EndReason[] = ['refresh-rejected', 'reuse-detected', 'revoked']

const TEST_USER: Claims = { sub: 'test-user' }

/** Options of {@link createTestSession}: those of `createSession` and the user. */
export interface TestSessionOptions extends Omit<SessionOptions, 'transport' | 'storage'> {
  /** Whether a user is signed in when the page opens. @default true */
  readonly loggedIn?: boolean | undefined
  /** What `state.claims` shows of that user. @default { sub: 'test-user' } */
  readonly claims?: Claims | undefined
}

/** A real session that a test can sign in, warn and end. */
export interface TestSession extends Session {
  /**
   * Signs a user in, in this tab. A session of another user ends as `user-switched`. Resolves when all listeners have
   * been called. `claims` is what `state.claims` shows. @default { sub: 'test-user' }
   */
  logIn(claims?: Claims): Promise<void>
  /**
   * Ends the session from outside: by the server, or in another tab. Resolves when all listeners have been called, and
   * rejects if no user is signed in. To end it in this tab call `logout()`, to switch users `logIn()`. @default 'revoked'
   */
  end(reason?: Exclude<EndReason, 'user-switched'>): Promise<void>
  /**
   * Moves the end of the session to `inMs` from now, which opens the warning. Resolves when all listeners have been
   * called. After that time passes as usual: `extend()` moves the end if the cause allows it, and otherwise the session
   * ends. Rejects if no user is signed in. @default { cause: 'idle', inMs: 60_000 }
   */
  warn(options?: {
    /** Why the session ends. `session-limit` and `refresh-rejected` cannot be extended. */
    readonly cause?: ExpiryCause | undefined
    /** At most the `warnMs` of the session's warnings. */
    readonly inMs?: number | undefined
  }): Promise<void>
}

/**
 * Opens a session for the tests of an application. It is the real one, in a browser of one tab in memory, against an auth
 * server that grants every renewal. As in a browser, its state is `restoring` until `ready` resolves.
 *
 * `authFetch` sends through the global `fetch`, so msw and similar tools can answer, and carries an unsigned token. Time
 * is that of `Date` and `setTimeout`, fake timers included. Call `dispose()` after the test.
 */
export function createTestSession({
  loggedIn = true,
  claims: initial = TEST_USER,
  ...options
}: TestSessionOptions = {}): TestSession {
  const tab = openLoneTab()
  const server = createYesServer(loggedIn ? initial : null)
  const session = openSession(
    resolveOptions({
      warnings: expiryWarnings(),
      diagnostics: diagnostics(),
      ...options,
      transport: server.transport,
    }),
    tab.ports,
  )

  async function logIn(claims: Claims = TEST_USER): Promise<void> {
    await session.login(server.answer(claims))
    await laterTurn()
  }

  function change(next: (record: SessionRecord) => SessionRecord): unknown {
    return tab.write((current) => {
      const record = parseRecord(current)
      if (record?.status !== 'logged-in')
        throw new Error('No user is signed in, so no session can end')
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

/** An auth server that knows the user who signed in last, and grants every renewal. */
function createYesServer(first: Claims | null): {
  readonly transport: Transport
  answer(claims: Claims): object
} {
  let known = first
  let issued = 0

  /** Each token is different, so that a test can tell a renewed one. */
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
