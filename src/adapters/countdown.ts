import type { Session, SessionWarning } from '../index.ts'
import { clock } from '../platform/clock.ts'
import type { Dispose } from '../ports.ts'

const SECOND_MS = 1_000

/** A warning, with the time that is left. */
export interface SessionExpiring extends SessionWarning {
  /** Seconds until `endsAt`, rounded up; 0 once it has passed. */
  readonly secondsLeft: number
}

/** Counts down the warning of a session in seconds. */
export interface Countdown {
  /** `null` while no warning is open. The same object until a second has passed or the warning has changed. */
  current(): SessionExpiring | null
  /** Calls `listener` after each change of `current()`. A timer runs only while a warning is open. */
  subscribe(listener: () => void): Dispose
}

/** Creates a countdown. It reads the clock at each tick, because timers stop while the computer sleeps. */
export function createCountdown(session: Session): Countdown {
  let counted: SessionWarning | null = null
  let shown: SessionExpiring | null = null

  function current(): SessionExpiring | null {
    const { warning } = session.state
    const secondsLeft = warning ? Math.ceil(msLeft(warning) / SECOND_MS) : 0
    if (warning !== counted || shown?.secondsLeft !== secondsLeft) {
      counted = warning
      shown = warning && { ...warning, secondsLeft }
    }
    return shown
  }

  function subscribe(listener: () => void): Dispose {
    let known = current()
    let stopTimer: Dispose | undefined

    function look(): void {
      stopTimer?.()
      const next = current()
      if (next) stopTimer = clock.schedule(look, msLeft(next) % SECOND_MS || SECOND_MS)
      if (next === known) return
      known = next
      listener()
    }

    look()
    const stopListening = session.subscribe(look)
    return () => {
      stopListening()
      stopTimer?.()
    }
  }

  return { current, subscribe }
}

function msLeft({ endsAt }: SessionWarning): number {
  return Math.max(endsAt - clock.now(), 0)
}
