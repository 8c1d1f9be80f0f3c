import type { ActivitySource } from './idle-timeout.ts'
import { misuse } from './misuse.ts'
import { clock } from './platform/clock.ts'
import { watchMedia } from './platform/media.ts'
import type { Dispose } from './ports.ts'

const REPORT_MS = 5_000
const HOUR_MS = 3_600_000

/**
 * Counts playback as activity: an `<audio>` or `<video>` of this page that can be heard. Playback in a frame and Web Audio
 * do not count.
 */
export function mediaPlayback(): ActivitySource {
  return watchMedia
}

/** An {@link ActivitySource} that counts work under way. */
export interface Uploads extends ActivitySource {
  /** Counts as activity until `work` settles, and settles as `work` does. */
  track<T>(work: Promise<T>): Promise<T>
}

/** Options of {@link uploads}. */
export interface UploadsOptions {
  /** How long an upload counts at most. @default 3_600_000 */
  readonly atMostMs?: number | undefined
}

/**
 * Counts uploads as activity while they last: `uploads.track(authFetch('/files', { method: 'POST', body }))`. Throws a
 * `TypeError` on misuse.
 */
export function uploads({ atMostMs = HOUR_MS }: UploadsOptions = {}): Uploads {
  if (typeof atMostMs !== 'number' || !(atMostMs > 0))
    throw misuse('atMostMs', 'milliseconds, more than 0', atMostMs)
  const listeners = new Set<() => void>()
  const report = (): void => {
    for (const listener of [...listeners]) listener()
  }

  async function track<T>(work: Promise<T>): Promise<T> {
    const until = clock.uptime() + atMostMs
    let stop: Dispose = () => undefined
    function tell(): void {
      report()
      if (clock.uptime() < until) stop = clock.schedule(tell, REPORT_MS)
    }
    tell()
    try {
      return await work
    } finally {
      stop()
      report()
    }
  }

  function watch(listener: () => void): Dispose {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  return Object.assign(watch, { track })
}
