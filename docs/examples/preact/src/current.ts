import { signal } from '@preact/signals'
import { session } from './session'

/** The state of the session, as a signal. */
export const current = signal(session.state)
session.subscribe(() => (current.value = session.state))
