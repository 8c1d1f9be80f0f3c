import { STYLE } from './style.ts'

/** Creates an element whose id and part are `name`. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name: string,
  role?: string,
): HTMLElementTagNameMap[K] {
  const created = document.createElement(tag)
  rename(created, name)
  if (role) created.setAttribute('role', role)
  return created
}

/** Sets the id and the part of an element. */
export function rename(element: HTMLElement, name: string): void {
  element.id = name
  element.setAttribute('part', name)
}

/**
 * Creates a dialog in the shadow root of `host`, without parsing HTML or inline styles, which CSP and Trusted Types may
 * forbid. `described`: the ids of what describes it.
 */
export function alertDialog(
  host: HTMLElement,
  name: string,
  described: string,
  heading: HTMLElement,
  ...children: readonly HTMLElement[]
): HTMLDialogElement {
  const dialog = element('dialog', name, 'alertdialog')
  dialog.setAttribute('aria-labelledby', heading.id)
  dialog.setAttribute('aria-describedby', described)
  dialog.append(heading, ...children)
  const root = host.shadowRoot ?? styledRoot(host)
  root.append(dialog)
  return dialog
}

function styledRoot(host: HTMLElement): ShadowRoot {
  const style = new CSSStyleSheet()
  style.replaceSync(STYLE)
  const root = host.attachShadow({ mode: 'open' })
  root.adoptedStyleSheets = [style]
  return root
}

/** Changes the text only if it differs, since a screen reader may read it again. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text
}
