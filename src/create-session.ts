import { SessionError } from './errors.ts'
import { openSession } from './open-session.ts'
import { resolveOptions, type SessionOptions } from './options.ts'
import { browserPorts } from './platform/browser-ports.ts'
import { RESTORING } from './session-state.ts'
import type { Session } from './session.ts'

/**
 * Opens the session of this page, and starts at once to find out whether a user is signed in. Throws a `TypeError` that
 * names the option if one is misused.
 *
 * Where there is no page (server rendering, workers, React Native) the session is inert: its state stays `restoring`, and
 * calls that need a session reject with `no_page`. On a server, a module is shared by all users.
 */
export function createSession(options: SessionOptions): Session {
  const resolved = resolveOptions(options)
  const ports = browserPorts()
  return ports ? openSession(resolved, ports) : inertSession()
}

function inertSession(): Session {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new SessionError(
        'no_page',
        'There is no session outside a browser page: not on a server, in a worker or in React Native',
      ),
    )
  const nothing = (): void => undefined
  return {
    authFetch: refuse,
    login: refuse,
    getAccessToken: refuse,
    diagnostics: refuse,
    logout: () => Promise.resolve({ server: 'nothing-to-tell' }),
    extend: () => Promise.resolve({ ok: false, reason: 'no_session' }),
    reportActivity: nothing,
    state: RESTORING,
    subscribe: () => nothing,
    on: () => nothing,
    onSessionExpiring: () => nothing,
    onSessionEnded: () => nothing,
    ready: Promise.resolve(RESTORING),
    takeLastEnd: () => Promise.resolve(null),
    dispose: nothing,
  }
}
