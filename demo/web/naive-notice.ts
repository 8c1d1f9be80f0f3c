import type { DemoSession } from './demo-session.ts'
import { find } from './dom.ts'
import { isNaive } from './mode.ts'

/** In the naive mode, says in plain words what has just happened. */
export function showNaiveNotice(session: DemoSession): void {
  if (!isNaive) return
  const notice = find('naive-notice', HTMLElement)
  session.onSessionEnded(({ reason }) => {
    notice.hidden = reason === 'logout'
  })
  session.on('started', () => {
    notice.hidden = true
  })
}
