import type { Dispose } from '../ports.ts'
import { clock } from './clock.ts'

// Not `scroll` and `focus`: both happen without anybody there.
const PRESSES = ['pointerdown', 'keydown', 'touchstart', 'wheel'] as const
const MOVES = ['pointermove', 'touchmove'] as const
const LISTENING = { capture: true, passive: true }
// What moves is heard of with every frame; one report a second says as much.
const REST_MS = 1_000

/**
 * Calls `report` with each trusted input to this page and to the frames of its origin; while a pointer moves, once a
 * second. Input to a frame of another origin cannot be seen. Where there is no page there is no input.
 */
export function watchInput(report: () => void): Dispose {
  if (typeof window === 'undefined') return () => undefined
  const watched = new Set<Window>()
  let endRest: Dispose | undefined

  function hearPress(event: Event): void {
    if (event.isTrusted) report()
  }

  function hearMove(event: Event): void {
    if (endRest || !event.isTrusted || isAtRest(event)) return
    endRest = clock.schedule(() => (endRest = undefined), REST_MS)
    report()
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
    for (const type of PRESSES) page.addEventListener(type, hearPress, LISTENING)
    for (const type of MOVES) page.addEventListener(type, hearMove, LISTENING)
  }

  watch(window)
  for (const frame of document.querySelectorAll('iframe')) watch(frame.contentWindow)
  document.addEventListener('load', enter, LISTENING)
  document.addEventListener('pointerover', enter, LISTENING)
  window.addEventListener('blur', enter)
  return () => {
    endRest?.()
    document.removeEventListener('load', enter, LISTENING)
    document.removeEventListener('pointerover', enter, LISTENING)
    window.removeEventListener('blur', enter)
    for (const page of watched) {
      if (!isOurs(page)) continue
      for (const type of PRESSES) page.removeEventListener(type, hearPress, LISTENING)
      for (const type of MOVES) page.removeEventListener(type, hearMove, LISTENING)
    }
  }
}

/** Browsers tell of a pointer that "moves" when the page moves under it. */
function isAtRest(event: Event): boolean {
  const { movementX, movementY } = event as Partial<PointerEvent>
  return movementX === 0 && movementY === 0
}

function isOurs(page: Window): boolean {
  try {
    return Boolean(page.document)
  } catch {
    return false
  }
}
