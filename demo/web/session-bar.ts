import type { DemoSession } from './demo-session.ts'
import { find } from './dom.ts'
import { createLifetimeBar } from './lifetime-bar.ts'
import { limits } from './limits.ts'
import { isNaive } from './mode.ts'
import { duration } from './wording.ts'

/** Shows how long the session still lasts: drains while the user is idle, and refills with activity. */
export function showSessionBar(session: DemoSession): void {
  if (isNaive) return find('session-life', HTMLDivElement).remove()
  const show = createLifetimeBar('session')
  const { idleS, warnS, sessionS } = limits
  const inAnyCase = `${duration(sessionS * 1000)} after signing in`
  find('session-limits', HTMLParagraphElement).textContent =
    idleS === 0
      ? `Ends ${inAnyCase}, and warns in the striped part.`
      : `Ends ${duration(idleS * 1000)} after the last key, press or movement in any tab, ` +
        `and ${inAnyCase} whatever happens. In the striped part it warns.`

  function update(): void {
    const { endsAt } = session.state
    const lifetimeMs = (idleS === 0 ? sessionS : Math.min(idleS, sessionS)) * 1000
    show({ endsAt, lifetimeMs, leadMs: warnS * 1000 })
  }

  session.subscribe(update)
  update()
}
