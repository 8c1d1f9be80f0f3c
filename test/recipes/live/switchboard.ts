import { decodeJwt } from 'jose'
import type { Verifier } from '../../../src/server/verifier/index.ts'

/** A connection of the server, whatever its protocol is. */
export interface Connection {
  readonly isOpen: boolean
  send(text: string): void
  /** Ends it as this protocol's servers do when the access token has expired. */
  expire(): void
  /** Breaks it off, as a network that fails. */
  drop(): void
}

/** An attempt to open a connection. */
export interface Attempt {
  /** The subject of its token, be it good or not; `null` without one. */
  readonly user: string | null
  readonly isGood: boolean
}

/** The connections of a server. */
export interface Switchboard {
  /** In order of arrival. */
  readonly attempts: readonly Attempt[]
  /** The users of the connections that are open now. */
  users(): readonly string[]
  /** Opens a connection if its token is good. Resolves to whether it is. */
  admit(token: string | undefined, connection: Connection): Promise<boolean>
  /** Sends `text` to every connection, after the name of its user. */
  send(text: string): void
  /** Ends the connections whose tokens have expired by now. */
  endExpired(): Promise<void>
  /** Breaks off every connection. */
  drop(): void
  /** While it is `true`, the server turns every client away. */
  isDown: boolean
  /** How many it has turned away. */
  readonly turnedAway: number
  /** For the server: whether it turns this client away. */
  turnsAway(): boolean
}

/** Creates the switchboard of a server that has no connections yet. */
export function createSwitchboard(verifier: Verifier): Switchboard {
  const attempts: Attempt[] = []
  const admitted = new Map<Connection, { readonly user: string; readonly token: string }>()
  let turnedAway = 0
  const open = () => [...admitted].filter(([{ isOpen }]) => isOpen)
  const isGood = (token: string): Promise<boolean> =>
    verifier.verify(token).then(
      () => true,
      () => false,
    )

  return {
    attempts,
    isDown: false,
    get turnedAway() {
      return turnedAway
    },
    turnsAway() {
      if (this.isDown) turnedAway++
      return this.isDown
    },
    users: () => open().map(([, { user }]) => user),
    async admit(token, connection) {
      const user = token === undefined ? null : String(decodeJwt(token).sub)
      const isAdmitted = token !== undefined && (await isGood(token))
      attempts.push({ user, isGood: isAdmitted })
      if (isAdmitted) admitted.set(connection, { user: String(user), token })
      return isAdmitted
    },
    send(text) {
      for (const [connection, { user }] of open()) connection.send(`${user}: ${text}`)
    },
    async endExpired() {
      for (const [connection, { token }] of open()) if (!(await isGood(token))) connection.expire()
    },
    drop() {
      for (const [connection] of open()) connection.drop()
    },
  }
}
