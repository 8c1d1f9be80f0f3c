import { SessionError } from './errors.ts'
import { openSession } from './open-session.ts'
import { resolveOptions, type SessionOptions } from './options.ts'
import { browserPorts } from './platform/browser-ports.ts'
import { RESTORING } from './session-state.ts'
import type { Session } from './session.ts'

/**
 * Opens the session of this page, and starts at once to find out whether somebody is signed in. Throws a `TypeError`
 * that names the option if one is misused.
 *
 * Where there is no page (server rendering) the session is inert: a module there is shared by all users, so its state
 * stays `restoring` and whatever needs a session rejects with `no_page`.
 */
export function createSession(options: SessionOptions): Session {
  const resolved = resolveOptions(options)
  const ports = browserPorts()
  return ports ? openSession(resolved, ports) : inertSession()
}

function inertSession(): Session {
  const refuse = (): Promise<never> =>
    Promise.reject(new SessionError('no_page', 'There is no session outside a browser page'))
  const nothing = (): void => undefined
  return {
    authFetch: refuse,
    login: refuse,
    getAccessToken: refuse,
    diagnostics: refuse,
    logout: () => Promise.resolve({ server: 'later' }),
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
