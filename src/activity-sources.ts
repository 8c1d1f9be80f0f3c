import type { ActivitySource } from './idle-timeout.ts'
import { misuse, ownOptions } from './misuse.ts'
import { clock } from './platform/clock.ts'
import { watchMedia } from './platform/media.ts'
import type { Dispose } from './ports.ts'

const REPORT_MS = 5_000
const HOUR_MS = 3_600_000

/**
 * Counts the playback of audible `<audio>` and `<video>` elements of this page as activity. Playback in frames and by Web
 * Audio does not count.
 */
export function mediaPlayback(): ActivitySource {
  return watchMedia
}

/** An {@link ActivitySource} that counts pending work. */
export interface Uploads extends ActivitySource {
  /** Counts as activity until `work` settles. Returns its result. */
  track<T>(work: Promise<T>): Promise<T>
}

/** Options of {@link uploads}. */
export interface UploadsOptions {
  /** The longest time that an upload counts for. @default 3_600_000 */
  readonly atMostMs?: number | undefined
}

/**
 * Counts uploads as activity while they last: `sending.track(authFetch('/files', { method: 'POST', body }))`. Throws a
 * `TypeError` on misuse.
 */
export function uploads(options: UploadsOptions = {}): Uploads {
  const { atMostMs = HOUR_MS } = ownOptions(options)
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
