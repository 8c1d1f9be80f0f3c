import {
  inject,
  InjectionToken,
  makeEnvironmentProviders,
  type EnvironmentProviders,
} from '@angular/core'
import type { Session } from '../index.ts'

const SESSION = new InjectionToken<Session>('latchkey session')

/** Provides the session to an application, or to the routes of an injector. Angular never disposes a session. */
export function provideSession(session: Session): EnvironmentProviders {
  return makeEnvironmentProviders([{ provide: SESSION, useValue: session }])
}

/** The session of `provideSession`. Throws a `TypeError` if there is none. */
export function injectProvidedSession(): Session {
  const session = inject(SESSION, { optional: true })
  if (!session) throw new TypeError('Add provideSession(session) to the providers')
  return session
}
