import type { Session, SessionEnd } from 'latchkey'
import { find } from './dom.ts'
import { timeOfDay, whyEnded } from './wording.ts'

/** Says why the last session ended: at once in every tab, and once more to whoever opens the page after the fact. */
export function showEndNotice(session: Session): void {
  const notice = find('end-notice', HTMLParagraphElement)

  function show(end: SessionEnd): void {
    notice.textContent = `Your session ended at ${timeOfDay(end.at)}: ${whyEnded(end)}.`
    notice.hidden = false
  }

  async function showEarlierEnd(): Promise<void> {
    const { status } = await session.ready
    const end = status === 'logged-out' ? await session.takeLastEnd() : null
    if (end) show(end)
  }

  session.onSessionEnded(show)
  session.on('started', () => {
    notice.hidden = true
  })
  void showEarlierEnd()
}
