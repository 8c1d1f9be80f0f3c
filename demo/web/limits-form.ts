import type { DemoSession } from './demo-session.ts'
import { find } from './dom.ts'
import { chooseLimits, limits, onLimitsChosen, problemOf } from './limits.ts'
import { isNaive } from './mode.ts'

/** Lets a user who is not signed in choose the limits of the next session. */
export function showLimitsForm(session: DemoSession): void {
  const form = find('limits', HTMLFormElement)
  const problem = find('limits-problem', HTMLParagraphElement)
  const field = (name: string): HTMLInputElement => find(`limits-${name}`, HTMLInputElement)
  // The naive session knows no limits.
  if (isNaive) return find('limits-section', HTMLElement).remove()

  field('idle').valueAsNumber = limits.idleS
  field('warn').valueAsNumber = limits.warnS
  field('session').valueAsNumber = limits.sessionS
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const chosen = {
      idleS: field('idle').valueAsNumber,
      warnS: field('warn').valueAsNumber,
      sessionS: field('session').valueAsNumber,
    }
    problem.textContent = problemOf(chosen)
    if (problem.textContent !== '') return
    chooseLimits(chosen)
    // A session keeps the limits that it was opened with.
    location.reload()
  })
  onLimitsChosen(() => {
    const { status, cover } = session.state
    if (status !== 'logged-in' && !cover) location.reload()
  })
}
