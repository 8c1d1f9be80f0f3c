import type { Dispose } from '../ports.ts'

// Not `scroll` and `focus`: both happen without anybody there.
const INPUT = ['pointerdown', 'pointermove', 'keydown', 'touchstart', 'touchmove', 'wheel'] as const
const LISTENING = { capture: true, passive: true }

/**
 * Calls `report` with each trusted input to this page and to the frames of its origin. Input to a frame of another origin
 * cannot be seen. Where there is no page there is no input.
 */
export function watchInput(report: () => void): Dispose {
  if (typeof window === 'undefined') return () => undefined
  const watched = new Set<Window>()

  function hear(event: Event): void {
    if (event.isTrusted && !isAtRest(event)) report()
  }

  /** `load` of a frame does not bubble, but can be captured; focus and the pointer enter one that was there already. */
  function enter({ target }: Event): void {
    const frame = target === window ? document.activeElement : target
    if (frame instanceof HTMLIFrameElement) watch(frame.contentWindow)
  }

  function watch(page: Window | null): void {
    if (!page || !isOurs(page)) return
    watched.add(page)
    // The same listeners again are none: a frame keeps its window when it loads another page into it, not its listeners.
    for (const type of INPUT) page.addEventListener(type, hear, LISTENING)
  }

  watch(window)
  for (const frame of document.querySelectorAll('iframe')) watch(frame.contentWindow)
  document.addEventListener('load', enter, LISTENING)
  document.addEventListener('pointerover', enter, LISTENING)
  window.addEventListener('blur', enter)
  return () => {
    document.removeEventListener('load', enter, LISTENING)
    document.removeEventListener('pointerover', enter, LISTENING)
    window.removeEventListener('blur', enter)
    for (const page of watched) {
      if (!isOurs(page)) continue
      for (const type of INPUT) page.removeEventListener(type, hear, LISTENING)
    }
  }
}

/** Browsers tell of a pointer that "moves" when the page moves under it. */
function isAtRest(event: Event): boolean {
  if (event.type !== 'pointermove') return false
  const { movementX, movementY } = event as PointerEvent
  return movementX === 0 && movementY === 0
}

function isOurs(page: Window): boolean {
  try {
    return Boolean(page.document)
  } catch {
    return false
  }
}
