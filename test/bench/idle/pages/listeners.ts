/** Who listens for input: nobody, somebody who does nothing, or the library. */
export type Listening = 'none' | 'empty' | 'library'

/** What listens for input to a page. */
export interface Listeners {
  /** Notes what the library adds from now on, and forgets what it added before. */
  record(): void
  /** Leaves only these in the page, and waits until the browser has come to terms with it. */
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

/** Takes notes of whoever starts to listen for input. `event` is what somebody who does nothing listens for. */
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

/** Resolves when what has been changed is drawn, and whoever draws it has heard of who listens. */
export function framesPassed(): Promise<void> {
  return new Promise((resolve) =>
    requestAnimationFrame(() => requestAnimationFrame(() => resolve())),
  )
}
