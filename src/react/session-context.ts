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

/** What the hooks below a provider share. */
export interface ProvidedSession {
  readonly session: Session
  readonly countdown: Countdown
}

const SessionContext = createContext<ProvidedSession | null>(null)

/** What `SessionProvider` takes. */
export interface SessionProviderProps {
  /** The session of the components below. Another one replaces it; none is disposed. */
  readonly session: Session
  readonly children?: ReactNode
}

/** Gives a session to the components below. */
export function SessionProvider({ session, children }: SessionProviderProps): ReactElement {
  const value = useMemo(() => ({ session, countdown: createCountdown(session) }), [session])
  return createElement(SessionContext.Provider, { value }, children)
}

/** What the nearest provider gives. Throws a `TypeError` where there is none. */
export function useProvidedSession(): ProvidedSession {
  const provided = useContext(SessionContext)
  if (!provided) throw new TypeError('Wrap the component in <SessionProvider session={session}>')
  return provided
}
