import type { SessionEnd } from 'latchkey'
import type { DemoSession } from './demo-session.ts'
import { find } from './dom.ts'
import { timeOfDay, whereEnded, whyEnded } from './wording.ts'

/**
 * Says why the last session ended: at once in every open tab, and in each page that is opened until the next one begins. The
 * dialog that covers a page says it there.
 */
export function showEndNotice(session: DemoSession): void {
  const notice = find('end-notice', HTMLParagraphElement)

  function show(end: SessionEnd, where = ''): void {
    notice.textContent = `Your session ended at ${timeOfDay(end.at)}: ${whyEnded(end)}${where}.`
    notice.classList.toggle('bad', end.reason !== 'logout')
    notice.hidden = false
  }

  async function showEarlierEnd(): Promise<void> {
    await session.ready
    const end = await session.takeLastEnd()
    // Not in which tab: for a page that is opened later, even its own previous load is another tab.
    if (end && session.state.status === 'logged-out') show(end)
  }

  session.onSessionEnded((end) => show(end, `, ${whereEnded(end)}`))
  session.on('started', () => {
    notice.hidden = true
  })
  void showEarlierEnd()
}
