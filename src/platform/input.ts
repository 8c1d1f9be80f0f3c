import type { Dispose } from '../ports.ts'
import { clock } from './clock.ts'
import { hasPage } from './page.ts'

// `scroll` and `focus` also happen without a user. Speech input and switches send nothing but `click` and `input`.
const PRESSES = ['pointerdown', 'keydown', 'touchstart', 'wheel', 'click', 'input'] as const
const MOVES = ['pointermove', 'touchmove'] as const
const LISTENING = { capture: true, passive: true }
// A moving pointer sends an event with every frame. One report a second is enough.
const REST_MS = 1_000

/**
 * Calls `report` at each trusted input to this page and to frames of its origin, nested ones and those in open shadow roots
 * included; once a second while a pointer moves. Input to a frame of another origin cannot be observed. Without a page it does nothing.
 */
export function watchInput(report: () => void): Dispose {
  if (!hasPage()) return () => undefined
  let endRest: Dispose | undefined
  let endLook: Dispose | undefined

  function hearPress(event: Event): void {
    // A key may be held down by an object.
    if (event.isTrusted && !(event as Partial<KeyboardEvent>).repeat) report()
  }

  function hearMove(event: Event): void {
    if (endRest || !event.isTrusted || isAtRest(event)) return
    endRest = clock.schedule(() => (endRest = undefined), REST_MS)
    report()
  }

  /** Finds frames: one that loads (the event does not bubble, but can be captured), or one that the focus or the pointer enters. */
  function enter(event: Event): void {
    // Out of a shadow root, an event seems to come from its host.
    const entered = event.composedPath()[0] as Partial<HTMLIFrameElement & Window> | undefined
    const { document } = entered ?? {}
    if (!document) return listenIn(entered)
    // Firefox says that the window has lost the focus before it says which element has it.
    endLook?.()
    endLook = clock.schedule(() => listenIn(focusedIn(document)), 0)
  }

  function listenIn(frame: object | null | undefined): void {
    if (frame && 'contentWindow' in frame) listen((frame as HTMLIFrameElement).contentWindow)
  }

  /** Listens to a page and its frames. May be called again, as adding the same listener twice has no effect: a frame that navigates keeps its window and loses its listeners. */
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
    endLook?.()
    listen(window, 'removeEventListener')
  }
}

/** The element that has the focus, in open shadow roots as well. */
function focusedIn(root: DocumentOrShadowRoot): Element | null {
  const { activeElement } = root
  return activeElement?.shadowRoot ? focusedIn(activeElement.shadowRoot) : activeElement
}

/** Browsers also report a pointer as moving when the page scrolls under it. */
function isAtRest(event: Event): boolean {
  const { movementX, movementY } = event as Partial<PointerEvent>
  return movementX === 0 && movementY === 0
}

/** The document of a frame; `undefined` if it is of another origin. */
function documentOf(page: Window): Document | undefined {
  try {
    return page.document
  } catch {
    return undefined
  }
}
