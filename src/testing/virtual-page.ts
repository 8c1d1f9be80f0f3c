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

/** Creates a visible page. `cookie` is the value of a cookie that script can read. */
export function createVirtualPage(life: Life, cookie: Page['cookie']): VirtualPage {
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
      cookie,
    },
    tell,
    setVisible(next) {
      visible = next
      tell(next ? 'woke' : 'hidden')
    },
  }
}
