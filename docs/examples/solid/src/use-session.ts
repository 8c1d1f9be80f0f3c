import type { SessionState } from 'latchkey'
import { from, type Accessor } from 'solid-js'
import { session } from './session'

/** The state of the session, as a signal, in a component. */
export function useSession(): Accessor<SessionState> {
  return from((set) => session.subscribe(() => set(() => session.state)), session.state)
}
