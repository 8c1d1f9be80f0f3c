import { find } from './dom.ts'
import { duration } from './wording.ts'

/** How much time is left of something that ends. */
export interface Lifetime {
  /** `null` while there is nothing to show. */
  readonly endsAt: number | null
  readonly lifetimeMs: number
  /** The last part, which is drawn striped. */
  readonly leadMs: number
}

/** A bar that drains, and refills when the end moves: `<name>-bar`, `-fill` and `-left` in `index.html`. */
export function createLifetimeBar(name: string): (life: Lifetime) => void {
  const bar = find(`${name}-bar`, HTMLDivElement)
  const fill = find(`${name}-fill`, HTMLDivElement)
  const left = find(`${name}-left`, HTMLOutputElement)
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)')
  let life: Lifetime = { endsAt: null, lifetimeMs: 1, leadMs: 0 }
  let shown = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Draws one step, and sets a timer for the next one that is visible: with ten minutes left, that is one a second. */
  function draw(): void {
    clearTimeout(timer)
    const { endsAt, lifetimeMs, leadMs } = life
    const leftMs = Math.max(0, (endsAt ?? 0) - Date.now())
    const share = Math.min(1, leftMs / lifetimeMs)
    fill.style.transform = `scaleX(${share.toFixed(4)})`
    if (share > shown + 0.02 && !isCalm.matches)
      fill.animate([{ transform: `scaleX(${shown.toFixed(4)})` }, {}], 300)
    shown = share
    bar.style.setProperty('--lead', String(leadMs / lifetimeMs))
    bar.ariaValueNow = String(Math.round(share * 100))
    left.value = endsAt === null ? 'none yet' : `${duration(leftMs)} left`
    if (leftMs > 0 && !document.hidden)
      timer = setTimeout(draw, Math.min(1000, Math.max(40, lifetimeMs / 500)))
  }

  document.addEventListener('visibilitychange', draw)
  return (next) => {
    life = next
    draw()
  }
}
