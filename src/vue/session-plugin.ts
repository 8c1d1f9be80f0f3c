import { inject, type App, type InjectionKey } from 'vue'
import type { Session } from '../index.ts'

const KEY: InjectionKey<Session> = Symbol('latchkey session')

/** Provides the session to all components of an application: `app.use(sessionPlugin, session)`. */
export function sessionPlugin(app: App, session: Session): void {
  app.provide(KEY, session)
}

/** The session of the plugin. Throws a `TypeError` if the plugin is not installed. */
export function injectSession(): Session {
  const session = inject(KEY, null)
  if (!session) throw new TypeError('Call app.use(sessionPlugin, session) before mounting')
  return session
}
