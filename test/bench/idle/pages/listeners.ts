/** Which listeners the page has for input: none, one that does nothing, or the library's. */
export type Listening = 'none' | 'empty' | 'library'

/** The input listeners of a page. */
export interface Listeners {
  /** Records what the library adds from now on, and forgets what it added before. */
  record(): void
  /** Leaves only these listeners in the page, and waits until the browser has applied that. */
  attach(who: Listening): Promise<void>
}

interface Listener {
  readonly target: EventTarget
  readonly args: Parameters<EventTarget['addEventListener']>
}

const INPUT: readonly string[] = [
  ...['pointerdown', 'pointermove', 'mousedown', 'mousemove', 'wheel'],
  ...['keydown', 'touchstart', 'touchmove', 'click', 'input'],
]

/** Records all listeners for input from now on. `event` is the one for which the idle listener is added. */
export function noteListeners(event: string): Listeners {
  const { addEventListener, removeEventListener } = EventTarget.prototype
  const empty: Listener = {
    target: window,
    args: [event, () => undefined, { capture: true, passive: true }],
  }
  let noted: Listener[] = []
  const groups = (): Record<Listening, readonly Listener[]> => ({
    none: [],
    empty: [empty],
    library: noted,
  })

  EventTarget.prototype.addEventListener = function (...args: Listener['args']) {
    if (INPUT.includes(args[0])) noted.push({ target: this, args })
    addEventListener.apply(this, args)
  }

  return {
    record() {
      noted = []
    },
    async attach(who) {
      for (const { target, args } of Object.values(groups()).flat())
        removeEventListener.apply(target, args)
      for (const { target, args } of groups()[who]) addEventListener.apply(target, args)
      await framesPassed()
    },
  }
}

/** Resolves when the change is drawn, and the compositor knows of the listeners. */
export function framesPassed(): Promise<void> {
  return new Promise((resolve) =>
    requestAnimationFrame(() => requestAnimationFrame(() => resolve())),
  )
}
