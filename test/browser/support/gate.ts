import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { until } from '../../support/patience.ts'

/** Where requests or answers wait until a test lets them go. */
export interface Gate {
  /** How many have come here so far. */
  readonly arrived: number
  /** How many are waiting here now. */
  readonly waiting: number
  /** Waits until `count` have come here, those that were let go included. */
  reached(count: number): Promise<void>
  /** Lets the `count` oldest go. */
  release(count: number): void
  /** Cuts the connections of all that wait: their clients see a network error. */
  drop(): void
  /** Lets all go, and everything that comes later. */
  open(): void
  /** For the server: to be awaited where the gate stands. `cut` cuts the connection. */
  pass(cut: () => void): Promise<void>
}

/** Builds a gate that is closed for the `first` that come. */
export function createGate(what: string, first: number): Gate {
  let arrived = 0
  let isOpen = false
  const waiting: { readonly go: () => void; readonly cut: () => void }[] = []

  return {
    get arrived() {
      return arrived
    },
    get waiting() {
      return waiting.length
    },
    reached: (count) => until(`${count} × ${what} wait at the gate`, () => arrived >= count),
    release(count) {
      for (const { go } of waiting.splice(0, count)) go()
    },
    drop() {
      for (const { go, cut } of waiting.splice(0)) {
        cut()
        go()
      }
    },
    open() {
      isOpen = true
      this.release(waiting.length)
    },
    async pass(cut) {
      arrived += 1
      if (isOpen || arrived > first) return
      await new Promise<void>((go) => waiting.push({ go, cut }))
    },
  }
}

/** Cuts the connection of a request: its client sees a network error. */
export function cutConnection(c: Context): void {
  const { incoming } = c.env as HttpBindings
  incoming.socket.destroy()
}
