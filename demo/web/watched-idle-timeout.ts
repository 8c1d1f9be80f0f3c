import { idleTimeout, type IdleTimeout, type IdleTimeoutOptions } from 'latchkey'
import { note } from './logbook.ts'
import type { Ending } from './observation.ts'

const PAUSE_MS = 1_000
const INPUT = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const

/** An idle timeout that notes in the timeline what it counts as activity. */
export function watchedIdleTimeout(options: IdleTimeoutOptions): IdleTimeout {
  let latest = 0
  let end: ((ending: Ending) => void) | undefined

  function see(): void {
    latest = performance.now()
    if (end) return
    end = note({ kind: 'activity', text: 'somebody is there' })
    setTimeout(endAfterPause, PAUSE_MS)
  }

  function endAfterPause(): void {
    const leftMs = latest + PAUSE_MS - performance.now()
    if (leftMs > 0) return void setTimeout(endAfterPause, leftMs)
    end?.({ outcome: 'quiet' })
    end = undefined
  }

  /** Sees the input that counts as activity, for the timeline. The SDK watches for it by itself. */
  function watchInput(): () => void {
    const listening = new AbortController()
    for (const type of INPUT)
      document.addEventListener(type, ({ isTrusted }) => isTrusted && see(), {
        capture: true,
        passive: true,
        signal: listening.signal,
      })
    return () => listening.abort()
  }

  return idleTimeout({ ...options, sources: [...(options.sources ?? []), watchInput] })
}
