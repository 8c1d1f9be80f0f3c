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

/** Creates the dialog in the shadow root of `host`, without parsing HTML or inline styles, which CSP and Trusted Types may forbid. */
export function alertDialog(
  host: HTMLElement,
  ...children: readonly HTMLElement[]
): HTMLDialogElement {
  const dialog = element('dialog', 'dialog', 'alertdialog')
  dialog.setAttribute('aria-labelledby', 'heading')
  dialog.setAttribute('aria-describedby', 'countdown message final')
  dialog.append(...children)
  const style = new CSSStyleSheet()
  style.replaceSync(STYLE)
  const root = host.attachShadow({ mode: 'open' })
  root.adoptedStyleSheets = [style]
  root.append(dialog)
  return dialog
}
