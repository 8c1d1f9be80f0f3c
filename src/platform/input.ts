import type { Dispose } from '../ports.ts'
import { clock } from './clock.ts'

// Not `scroll` and `focus`: both happen without anybody there. `click` and `input` are all that speech and switches send.
const PRESSES = ['pointerdown', 'keydown', 'touchstart', 'wheel', 'click', 'input'] as const
const MOVES = ['pointermove', 'touchmove'] as const
const LISTENING = { capture: true, passive: true }
// What moves is heard of with every frame; one report a second says as much.
const REST_MS = 1_000

/**
 * Calls `report` with each trusted input to this page and to the frames of its origin, frames in them included; while a
 * pointer moves, once a second. Input to a frame of another origin cannot be seen. Where there is no page there is none.
 */
export function watchInput(report: () => void): Dispose {
  if (typeof window === 'undefined') return () => undefined
  let endRest: Dispose | undefined

  function hearPress(event: Event): void {
    // Something may lie on a key.
    if (event.isTrusted && !(event as Partial<KeyboardEvent>).repeat) report()
  }

  function hearMove(event: Event): void {
    if (endRest || !event.isTrusted || isAtRest(event)) return
    endRest = clock.schedule(() => (endRest = undefined), REST_MS)
    report()
  }

  /** `load` of a frame does not bubble, but can be captured; focus and the pointer enter one that was there already. */
  function enter({ target }: Event): void {
    const entered = target as Partial<HTMLIFrameElement & Window>
    const frame = entered.document ? entered.document.activeElement : entered
    if (frame && 'contentWindow' in frame) listen(frame.contentWindow ?? null)
  }

  /** The same listeners again are none: a frame keeps its window when it loads another page into it, not its listeners. */
  function listen(
    page: Window | null,
    how: 'addEventListener' | 'removeEventListener' = 'addEventListener',
  ): void {
    const document = page && documentOf(page)
    if (!document) return
    for (const type of PRESSES) page[how](type, hearPress, LISTENING)
    for (const type of MOVES) page[how](type, hearMove, LISTENING)
    for (const type of ['load', 'pointerover']) document[how](type, enter, LISTENING)
    page[how]('blur', enter)
    for (const frame of document.querySelectorAll('iframe')) listen(frame.contentWindow, how)
  }

  listen(window)
  return () => {
    endRest?.()
    listen(window, 'removeEventListener')
  }
}

/** Browsers tell of a pointer that "moves" when the page moves under it. */
function isAtRest(event: Event): boolean {
  const { movementX, movementY } = event as Partial<PointerEvent>
  return movementX === 0 && movementY === 0
}

/** Nothing of another origin. */
function documentOf(page: Window): Document | undefined {
  try {
    return page.document
  } catch {
    return undefined
  }
}
