import type { Page, PageMoment } from '../ports.ts'
import type { Life } from './life.ts'

/** The origin of every virtual page. */
export const ORIGIN = 'https://app.test'

const BASE = `${ORIGIN}/page`

/** The page of one tab, and what a test does to it. */
export interface VirtualPage {
  readonly port: Page
  tell(moment: PageMoment): void
  setVisible(visible: boolean): void
}

/** Creates a visible page. `hasCookie` tells whether script can read a cookie of that name. */
export function createVirtualPage(life: Life, hasCookie: (name: string) => boolean): VirtualPage {
  const listeners = new Set<(moment: PageMoment) => void>()
  let visible = true

  function tell(moment: PageMoment): void {
    for (const listener of [...listeners]) listener(moment)
  }

  return {
    port: {
      origin: ORIGIN,
      isVisible: () => visible,
      watch(listener) {
        listeners.add(listener)
        return life.hold(() => listeners.delete(listener))
      },
      base: BASE,
      resolve: (url) => new URL(url, BASE).href,
      hasCookie,
    },
    tell,
    setVisible(next) {
      visible = next
      tell(next ? 'woke' : 'hidden')
    },
  }
}
