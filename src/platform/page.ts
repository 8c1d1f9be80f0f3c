import type { Page, PageMoment } from '../ports.ts'

// What the events of a page mean. `resume` and `freeze` are fired by Chromium alone (Page Lifecycle).
const MOMENTS: Readonly<Record<string, PageMoment | undefined>> = {
  pageshow: 'woke',
  focus: 'woke',
  resume: 'woke',
  online: 'online',
  pagehide: 'left',
  freeze: 'left',
  visibilitychange: undefined,
}

/** Whether there is a page. Some environments define a part of one: React Native has a `window`, test runners a `document`. */
export function hasPage(): boolean {
  return typeof document !== 'undefined' && typeof location !== 'undefined'
}

/** The browser's page. */
export const page: Page = {
  isVisible: () => document.visibilityState === 'visible',
  watch(listener) {
    function hear({ type, target }: Event): void {
      // The focus of each element is captured as well.
      if ((target as Partial<Element> | null)?.tagName) return
      listener(MOMENTS[type] ?? (page.isVisible() ? 'woke' : 'hidden'))
    }
    // In the capture phase, to run before the application's own listeners where the browser allows it, and to hear what is
    // fired at the document.
    for (const type of Object.keys(MOMENTS)) window.addEventListener(type, hear, true)
    return () => {
      for (const type of Object.keys(MOMENTS)) window.removeEventListener(type, hear, true)
    }
  },
  get origin() {
    // `location` has none in a frame with `srcdoc`, which is of the origin of its parent.
    return window.origin
  },
  get base() {
    return document.baseURI
  },
  resolve: (url) => new URL(url, page.base).href,
  cookie(name) {
    try {
      const cookies = document.cookie.split('; ')
      return cookies.find((cookie) => cookie.startsWith(`${name}=`))?.slice(name.length + 1)
    } catch {
      // A sandboxed frame may not read cookies.
      return undefined
    }
  },
}
