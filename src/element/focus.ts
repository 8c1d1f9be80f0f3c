/** What had the focus before a dialog opened, by the shadow root of the dialog. */
const returnTo = new WeakMap<Node, HTMLElement | null>()

/** Remembers what has the focus, for a dialog in `root` that is about to open. */
export function rememberFocus(root: ShadowRoot): void {
  const before = focused()
  const around = before?.getRootNode()
  // From a dialog that may be closed by then, the focus goes back to where that one would give it.
  returnTo.set(root, (around && returnTo.get(around)) ?? before)
}

/** Takes the caret out of a dialog in `root` that is about to close. */
export function releaseCaret(root: ShadowRoot): void {
  const caret = document.getSelection()
  // Chromium leaves it in a field of a form in the dialog, though the focus goes. If the application then removes the form,
  // what the user types goes nowhere.
  if (caret?.isCollapsed && !returnTo.get(root)?.contains(caret.anchorNode)) caret.removeAllRanges()
}

/** Gives the focus back after a dialog in `root` has closed, if the browser has not. */
export function returnFocus(root: ShadowRoot): void {
  const now = focused()
  // What it came from is in another dialog, which has closed.
  if (now === document.body || root.contains(now)) returnTo.get(root)?.focus()
}

/** What has the focus, in whichever shadow root that is. */
function focused(): HTMLElement | null {
  let at = document.activeElement
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
  return at as HTMLElement | null
}
