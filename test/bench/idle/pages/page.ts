// What every page of this bench can do, whichever library it runs.
import { noteListeners, type Listening } from './listeners.ts'
import { timers, type Timers } from './timers.ts'

/** A library that reports when the user has been idle for a while. */
export interface Watcher {
  /** The pointer-move event that the library listens for. */
  readonly event: 'pointermove' | 'mousemove'
  /**
   * Starts watching, and calls `onEnd` when the user has been idle for `afterMs`. Resolves to a function that stops it.
   */
  watch(afterMs: number, onEnd: () => void): Promise<() => void>
}

/** The page's interface for the scenarios. */
export interface IdleBench {
  readonly event: string
  /** Watches from now on, and stops what it watched for before. */
  watch(afterMs: number): Promise<void>
  /** Leaves only these listeners for input in the page, and waits until the browser has applied that. */
  attach(who: Listening): Promise<void>
  /** Dispatches an event this many times. Returns how many milliseconds that took. */
  dispatch(times: number): number
  /** Spreads this many events over this many milliseconds. */
  keepBusy(ms: number, times: number): Promise<void>
  timers(): Timers
  /** Moves the page's clock on. */
  skip(ms: number): void
  /** When the library reported an idle user, in milliseconds of the system's clock; `null` while it has not. */
  endedAt(): number | null
}

declare global {
  interface Window {
    idle: IdleBench
  }
}

/** How deeply the element under the pointer is nested. */
const DEPTH = 10

/** Hands the page to a library. */
export function startPage({ event, watch }: Watcher): void {
  const listeners = noteListeners(event)
  const systemNow = Date.now
  let aheadMs = 0
  let endedAt: number | null = null
  let stop: (() => void) | undefined

  // The same event again and again, dispatched without a hit test: the least that an event can cost.
  const init = { bubbles: true, movementX: 1, movementY: 1 }
  const move = event === 'pointermove' ? new PointerEvent(event, init) : new MouseEvent(event, init)

  function dispatch(times: number): number {
    const target = innermost()
    const startedAt = performance.now()
    for (let n = 0; n < times; n++) target.dispatchEvent(move)
    return performance.now() - startedAt
  }

  window.idle = {
    event,
    async watch(afterMs) {
      stop?.()
      listeners.record()
      endedAt = null
      stop = await watch(afterMs, () => (endedAt ??= systemNow()))
    },
    attach: listeners.attach,
    dispatch,
    async keepBusy(ms, times) {
      const startedAt = performance.now()
      for (let done = 0, at = startedAt; at < startedAt + ms;) {
        at = await new Promise(requestAnimationFrame)
        const due = Math.floor(times * Math.min((at - startedAt) / ms, 1))
        dispatch(Math.max(due - done, 0))
        done = Math.max(due, done)
      }
    },
    timers,
    skip(ms) {
      aheadMs += ms
      // Not earlier: until then the clock must be the real one.
      Date.now = () => systemNow() + aheadMs
    },
    endedAt: () => endedAt,
  }
}

/** The element under the pointer. */
function innermost(): Element {
  const id = 'innermost'
  const made = document.getElementById(id)
  if (made) return made
  let element: Element = document.body
  for (let depth = 0; depth < DEPTH; depth++)
    element = element.appendChild(document.createElement('div'))
  element.id = id
  return element
}
