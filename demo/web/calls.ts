import type { DemoSession } from './demo-session.ts'
import { api } from './api.ts'
import { find, make, onClick } from './dom.ts'
import { calledPath } from './mode.ts'
import { counted, whatFailed } from './wording.ts'

const BURST = 50

/** Calls the API once or many times at once, and shows the results. */
export function showCalls(session: DemoSession): void {
  const dots = find('call-dots', HTMLDivElement)
  const summary = find('call-summary', HTMLParagraphElement)
  let refreshes = 0
  session.on('refreshed', () => refreshes++)

  async function callTimes(count: number): Promise<void> {
    const refreshesBefore = refreshes
    const startedAt = performance.now()
    summary.textContent = ''
    dots.replaceChildren()
    const outcomes = await Promise.all(Array.from({ length: count }, callOnce))
    const tookMs = Math.round(performance.now() - startedAt)
    summary.textContent =
      `${tally(outcomes)} in ${tookMs} ms, ` +
      `with ${counted(refreshes - refreshesBefore, 'refresh', 'refreshes')} meanwhile.`
  }

  /** Makes one call; resolves to its result in a word or two. */
  async function callOnce(): Promise<string> {
    const dot = make('i', 'waiting')
    dots.append(dot)
    const outcome = await api(calledPath, { throwHttpErrors: false }).then(
      ({ status }) => String(status),
      (error: unknown) => whatFailed(error),
    )
    dot.className = outcome === '200' ? 'good' : 'bad'
    return outcome
  }

  onClick(find('call-once', HTMLButtonElement), () => callTimes(1))
  onClick(find('call-burst', HTMLButtonElement), () => callTimes(BURST))
}

function tally(outcomes: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  return [...counts].map(([outcome, count]) => `${count} × ${outcome}`).join(', ')
}
