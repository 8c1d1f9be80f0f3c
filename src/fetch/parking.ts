import type { Outgoing } from './outgoing.ts'

/** Makes calls wait while their user is signed out. */
export interface Parking {
  /** Whether calls wait now. */
  readonly isWaiting: boolean
  /** Settles as `attempt` does, which sends the call; or as it does after the next sign-in of the same user. */
  carry(call: Outgoing, attempt: Attempt): Promise<Response>
}

/** Sends a call now, with a token if a user is signed in. */
export type Attempt = (call: Outgoing) => Promise<Response>
