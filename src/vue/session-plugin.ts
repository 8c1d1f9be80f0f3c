import { inject, type App, type InjectionKey } from 'vue'
import type { Session } from '../index.ts'

const KEY: InjectionKey<Session> = Symbol('latchkey session')

/** Gives the session to all components of an application: `app.use(sessionPlugin, session)`. */
export function sessionPlugin(app: App, session: Session): void {
  app.provide(KEY, session)
}

/** What the plugin was given. Throws a `TypeError` where it is not in use. */
export function injectSession(): Session {
  const session = inject(KEY, null)
  if (!session) throw new TypeError('Call app.use(sessionPlugin, session) before mounting')
  return session
}
