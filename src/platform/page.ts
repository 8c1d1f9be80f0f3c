import type { Page, PageMoment } from '../ports.ts'

// `resume` and `freeze` are fired by Chromium alone (Page Lifecycle).
const MOMENTS: readonly (readonly [
  target: 'window' | 'document',
  event: string,
  moment: PageMoment,
])[] = [
  ['window', 'pageshow', 'woke'],
  ['window', 'focus', 'woke'],
  ['window', 'online', 'online'],
  ['window', 'pagehide', 'left'],
  ['document', 'freeze', 'left'],
  ['document', 'resume', 'woke'],
]

/** Whether there is a page. Some environments define a part of one: React Native has a `window`, test runners a `document`. */
export function hasPage(): boolean {
  return typeof document !== 'undefined' && typeof location !== 'undefined'
}

/** The browser's page. */
export const page: Page = {
  isVisible: () => document.visibilityState === 'visible',
  watch(listener) {
    const stops = MOMENTS.map(([target, event, moment]) =>
      listen(target === 'window' ? window : document, event, () => listener(moment)),
    )
    stops.push(
      listen(document, 'visibilitychange', () => listener(page.isVisible() ? 'woke' : 'hidden')),
    )
    return () => {
      for (const stop of stops) stop()
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
  hasCookie: (name) => document.cookie.split('; ').some((cookie) => cookie.startsWith(`${name}=`)),
}

function listen(target: EventTarget, event: string, listener: () => void): () => void {
  // In the capture phase, to run before the application's own listeners where the browser allows it.
  target.addEventListener(event, listener, true)
  return () => target.removeEventListener(event, listener, true)
}
