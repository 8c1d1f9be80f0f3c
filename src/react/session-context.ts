import {
  createContext,
  createElement,
  useContext,
  useMemo,
  type ReactElement,
  type ReactNode,
} from 'react'
import { createCountdown, type Countdown } from '../adapters/countdown.ts'
import type { Session } from '../index.ts'

/** The value that a provider gives to the hooks below it. */
export interface ProvidedSession {
  readonly session: Session
  readonly countdown: Countdown
}

const SessionContext = createContext<ProvidedSession | null>(null)

/** Props of {@link SessionProvider}. */
export interface SessionProviderProps {
  /** The session of the components below. The provider never disposes a session. */
  readonly session: Session
  readonly children?: ReactNode
}

/** Provides a session to the components below. */
export function SessionProvider({ session, children }: SessionProviderProps): ReactElement {
  const value = useMemo(() => ({ session, countdown: createCountdown(session) }), [session])
  return createElement(SessionContext.Provider, { value }, children)
}

/** The value of the nearest provider. Throws a `TypeError` if there is none. */
export function useProvidedSession(): ProvidedSession {
  const provided = useContext(SessionContext)
  if (!provided) throw new TypeError('Wrap the component in <SessionProvider session={session}>')
  return provided
}
