import { parseRecord } from '../../core/record/parse-record.ts'
import { withoutTokens } from '../../core/record/record.ts'
import { sessionMs } from '../../core/time/moments.ts'
import type { Activity } from '../../core/lifetime/activity.ts'
import type { WarningsFeature } from '../../expiry-warnings.ts'
import type { IdleFeature } from '../../idle-timeout.ts'
import { createSession, expiryWarnings, recordStorage, readTokenResponse } from '../../index.ts'
import { misuse, ownOptions } from '../../misuse.ts'
import type { SessionOptions } from '../../options.ts'
import { browserPorts } from '../../platform/browser-ports.ts'
import type { Dispose, Ports } from '../../ports.ts'
import type { Session } from '../../session.ts'
import { claimsOf, type Claims } from '../../tokens.ts'
import type { Transport } from '../../transport.ts'
import { endingAt } from '../ending-at.ts'
import { unsignedToken } from '../unsigned-token.ts'
import { mountPanel } from './panel.ts'

const ACCESS_TTL_S = 600

/** A user to choose: the claims that `state.claims` shows. */
export interface MockUser extends Claims {
  readonly sub: string
  /** What the panel calls the user. @default sub */
  readonly name?: string | undefined
}

/**
 * Options of {@link createMockSession}: those of `createSession` and the users. What would ask a backend is not used:
 * `transport`, `storage`, `events` and `worker`.
 */
export interface MockSessionOptions extends Partial<SessionOptions> {
  /** The users to choose from. @default [{ sub: 'alice' }, { sub: 'bob' }] */
  readonly users?: readonly MockUser[] | undefined
}

/**
 * Opens a session without a backend, for development: in place of `createSession`, with the same options. It is the real
 * one, shared by all tabs, and is still there after a reload; every renewal is granted. A panel in the corner of the page signs
 * in one of `users`, or nobody, and opens the warning before the end (Alt+Shift+W): of idle time, or without `idle` of the session's
 * limit, which no click can move.
 *
 * `authFetch` sends through the option `fetch`, or the global one, with an unsigned token that no server accepts: let msw or your own
 * stub answer. `login(answer)` takes what a backend would answer. Where there is no page the session is inert. Throws
 * a `TypeError` that names the option if one is misused.
 */
export function createMockSession(options: MockSessionOptions = {}): Session {
  const {
    users = [{ sub: 'alice' }, { sub: 'bob' }],
    name = 'session',
    ...given
  } = ownOptions(options)
  if (!Array.isArray(users) || users.length === 0 || !users.every(isUser))
    throw misuse('users', "a list of claims, such as [{ sub: 'alice' }]", users)
  const ownName = `mock:${name}`
  const input = watchedInput(given.idle as IdleFeature | undefined)
  const { idle, warnings = idle ? undefined : expiryWarnings() } = given
  const session = createSession({
    ...given,
    warnings,
    idle: input.idle,
    name: ownName,
    transport: mockTransport(),
    storage: undefined,
    events: undefined,
    worker: undefined,
  })
  const ports = browserPorts()
  if (!ports) return session

  const end = bringEndNear(ports, `latchkey:${ownName}`)
  const { warnMs } = (warnings ?? idle) as WarningsFeature
  const unmount = mountPanel({
    session,
    users: users as readonly MockUser[],
    signIn: (user) => session.login(answerFor(user)),
    async warn() {
      input.forget()
      await end.bringNear(idle ? 'idle' : 'session-limit', warnMs)
    },
  })
  const { dispose } = session
  return Object.assign(session, {
    dispose() {
      unmount()
      end.dispose()
      dispose()
    },
  })
}

function isUser(user: unknown): boolean {
  return typeof (user as Partial<MockUser> | null)?.sub === 'string'
}

/**
 * The idle timeout, and how to forget the input that it has not shared with the other tabs yet: shared later, that would move the
 * end which a warning was opened for.
 */
function watchedInput(idle: IdleFeature | undefined): {
  readonly idle: IdleFeature | undefined
  forget(): void
} {
  let restart: () => void = () => undefined
  return {
    forget: () => restart(),
    idle: idle && {
      ...idle,
      startActivity(deps) {
        let activity: Activity = idle.startActivity(deps)
        restart = () => {
          activity.dispose()
          activity = idle.startActivity(deps)
        }
        return { report: () => activity.report(), dispose: () => activity.dispose() }
      },
    },
  }
}

/** Moves the end of the session as another tab would: by its record. */
function bringEndNear(
  ports: Ports,
  name: string,
): {
  /** Rejects if IndexedDB does. Without a user it does nothing. */
  bringNear(cause: 'idle' | 'session-limit', inMs: number): Promise<void>
  readonly dispose: Dispose
} {
  const record = ports.openRecord(name)
  const mirror = ports.openMirror(name)
  const channel = ports.openChannel(name, () => undefined)
  return {
    async bringNear(cause, inMs) {
      await record.update((current) => {
        const found = parseRecord(current)
        if (found?.status !== 'logged-in') return current
        const next = endingAt(found, cause, sessionMs(ports.clock.now() + inMs))
        // Of the record and its mirror, the later activity counts.
        mirror.write(withoutTokens(next))
        return next
      })
      channel?.post({ type: 'hint' })
    },
    dispose() {
      record.close()
      channel?.close()
    },
  }
}

/** An auth server that grants every renewal. The refresh token, which all tabs share, says for whom. */
function mockTransport(): Transport {
  return {
    id: '/mock',
    storage: recordStorage(),
    endpoints: [],
    idempotent: true,
    read: readTokenResponse,
    refresh({ tokens }) {
      const user = claimsOf(tokens?.refreshToken)
      return Promise.resolve(
        user
          ? { type: 'refreshed', tokens: readTokenResponse(answerFor(user)) }
          : { type: 'rejected', reason: 'refresh-rejected' },
      )
    },
    revoke: () => Promise.resolve(true),
  }
}

/** The answer to a sign-in or a renewal. Each access token is another one, as at a server. */
function answerFor(user: Claims): object {
  return {
    access_token: unsignedToken({
      ...user,
      // `crypto.randomUUID` is missing outside secure contexts, such as plain http in the local network.
      jti: crypto.getRandomValues(new Uint32Array(2)).join('-'),
    }),
    refresh_token: unsignedToken(user),
    expires_in: ACCESS_TTL_S,
  }
}
