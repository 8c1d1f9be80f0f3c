import type { DemoSession } from './demo-session.ts'
import { find } from './dom.ts'
import { duration } from './wording.ts'

/** latchkey renews this long before expiry, or a fifth of the lifetime if that is less. */
const LEAD_MS = 60_000

/** Shows how much of the access token's life is left: drains, and refills at each renewal. */
export function showTokenBar(session: DemoSession): void {
  const bar = find('token-bar', HTMLDivElement)
  const fill = find('token-fill', HTMLDivElement)
  const left = find('token-left', HTMLOutputElement)
  const renewals = find('token-renewals', HTMLParagraphElement)
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)')
  const counts = { 'this-tab': 0, 'other-tab': 0 }
  let expiresAt: number | null = null
  let lifetimeMs = 1
  let shown = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function update(): void {
    const { accessExpiresAt, claims } = session.state
    if (accessExpiresAt !== expiresAt) {
      expiresAt = accessExpiresAt
      // What a token had when this tab first saw it, which may be late. A JWT counts whole seconds and rounds them.
      const { exp = 0, iat = 0 } = claims ?? {}
      lifetimeMs = Math.max(1, (expiresAt ?? 0) - Date.now(), (exp - iat - 1) * 1000)
    }
    draw()
  }

  /** One step, and a timer for the next one that can be seen: a token of ten minutes costs one step a second. */
  function draw(): void {
    clearTimeout(timer)
    const leftMs = Math.max(0, (expiresAt ?? 0) - Date.now())
    const share = Math.min(1, leftMs / lifetimeMs)
    fill.style.transform = `scaleX(${share.toFixed(4)})`
    if (share > shown + 0.02 && !isCalm.matches)
      fill.animate([{ transform: `scaleX(${shown.toFixed(4)})` }, {}], 300)
    shown = share
    bar.style.setProperty('--lead', String(Math.min(LEAD_MS / lifetimeMs, 0.2)))
    bar.ariaValueNow = String(Math.round(share * 100))
    left.value = expiresAt === null ? 'none yet' : `${duration(leftMs)} left`
    if (leftMs > 0 && !document.hidden)
      timer = setTimeout(draw, Math.min(1000, Math.max(40, lifetimeMs / 500)))
  }

  session.on('refreshed', ({ by }) => {
    counts[by]++
    renewals.textContent =
      `Renewed ${counts['this-tab'] + counts['other-tab']}× since this page was opened: ` +
      `${counts['this-tab']}× by this tab, ${counts['other-tab']}× by others.`
  })
  session.subscribe(update)
  document.addEventListener('visibilitychange', draw)
  update()
}
