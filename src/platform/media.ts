import type { Dispose } from '../ports.ts'

/**
 * Calls `report` while anything on this page plays that can be heard: a few times a second, as the browser tells of its
 * progress. What plays muted does so by itself, behind a page's title as a rule. Where there is no page nothing plays.
 */
export function watchMedia(report: () => void): Dispose {
  if (typeof document === 'undefined') return () => undefined

  function hear({ target }: Event): void {
    const { paused, muted, volume } = target as HTMLMediaElement
    if (!paused && !muted && volume > 0) report()
  }
  // It does not bubble, but can be captured.
  document.addEventListener('timeupdate', hear, true)
  return () => document.removeEventListener('timeupdate', hear, true)
}
