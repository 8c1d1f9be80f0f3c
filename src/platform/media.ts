import type { Dispose } from '../ports.ts'
import { hasPage } from './page.ts'

/**
 * Calls `report` a few times a second while this page plays audible media. Muted media does not count: it usually plays
 * by itself, as a background. Without a page it does nothing.
 */
export function watchMedia(report: () => void): Dispose {
  if (!hasPage()) return () => undefined

  function hear({ target }: Event): void {
    const { paused, muted, volume } = target as HTMLMediaElement
    if (!paused && !muted && volume > 0) report()
  }
  // The event does not bubble, but can be captured.
  document.addEventListener('timeupdate', hear, true)
  return () => document.removeEventListener('timeupdate', hear, true)
}
