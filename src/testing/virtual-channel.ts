import type { Channel } from '../ports.ts'
import type { FaultOf } from './faults.ts'
import type { Life } from './life.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** A message to one page. It is delivered each time `deliver` is called, and lost if it is never called. */
export interface Delivery {
  readonly message: unknown
  deliver(): void
}

/** The BroadcastChannels of a browser. */
export interface VirtualChannels {
  /** Every message that was posted, in order. */
  readonly posted: readonly unknown[]
  /** Posts a message to all pages that no page has sent. */
  say(message: unknown): void
  /** Passes messages to a test, one for each page that would receive it; `null` delivers them again. */
  hold(onDelivery: ((delivery: Delivery) => void) | null): void
  /** Opens a channel for a page; `null` if the browser has none. */
  open(
    name: string,
    life: Life,
    fault: FaultOf,
    onMessage: (message: unknown) => void,
  ): Channel | null
}

/** Creates the channels of a browser. */
export function createVirtualChannels(clock: VirtualClock): VirtualChannels {
  const listeners = new Set<{
    readonly name: string
    readonly hear: (message: unknown) => void
  }>()
  const posted: unknown[] = []
  let held: ((delivery: Delivery) => void) | null = null

  function send(message: unknown, hear: (message: unknown) => void): void {
    const deliver = (): void => clock.soon(() => hear(structuredClone(message)))
    if (held) held({ message, deliver })
    else deliver()
  }

  return {
    posted,
    say(message) {
      for (const { hear } of listeners) send(message, hear)
    },
    hold(onDelivery) {
      held = onDelivery
    },
    open(name, life, fault, onMessage) {
      if (fault('channel') === 'missing') return null
      const own = {
        name,
        // A page in the back/forward cache has closed its channel.
        hear: (message: unknown) =>
          life.isCached ? undefined : life.run(() => onMessage(message)),
      }
      listeners.add(own)
      return {
        post(message) {
          if (fault('channel') !== 'ok' || !life.isRunning) return
          const copy: unknown = structuredClone(message)
          posted.push(copy)
          for (const other of listeners)
            if (other !== own && other.name === name) send(copy, other.hear)
        },
        close: life.hold(() => listeners.delete(own)),
      }
    },
  }
}
