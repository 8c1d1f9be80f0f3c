import { from } from 'solid-js'
import { session } from './session'

/** The state of the session, as a signal, in a component. */
export const useSession = () =>
  from((set) => session.subscribe(() => set(() => session.state)), session.state)
