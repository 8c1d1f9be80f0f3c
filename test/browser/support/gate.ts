import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { until } from '../../support/patience.ts'

/** Holds requests or answers until a test releases them. */
export interface Gate {
  /** How many have arrived so far. */
  readonly arrived: number
  /** How many are held now. */
  readonly waiting: number
  /** Waits until `count` have arrived, those that were released included. */
  reached(count: number): Promise<void>
  /** Releases the `count` oldest. */
  release(count: number): void
  /** Cuts the connections of all that are held: their clients see a network error. */
  drop(): void
  /** Releases all, and holds nothing from now on. */
  open(): void
  /** For the server, which awaits it for each request. `cut` cuts the connection of that request. */
  pass(cut: () => void): Promise<void>
}

/** Creates a gate that holds the `first` that arrive. */
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
