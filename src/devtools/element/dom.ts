/** Creates an element of texts and other elements. Text is never parsed as markup, which Trusted Types may forbid. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const created = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) created.setAttribute(name, value)
  created.append(...children)
  return created
}

/** A button that does not submit a form around the tools. */
export function button(
  id: string,
  text: string,
  attributes: Readonly<Record<string, string>> = {},
): HTMLButtonElement {
  return make('button', { id, type: 'button', ...attributes }, text)
}

/** Changes a text only if it differs: a screen reader may read it again. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

/** Replaces the items of a list only if they differ, so that a reader who is in it stays where they are. */
export function setItems(list: HTMLElement, texts: readonly string[]): void {
  const shown = [...list.children].map(({ textContent }) => textContent)
  if (shown.length === texts.length && texts.every((text, index) => text === shown[index])) return
  list.replaceChildren(...texts.map((text) => make('li', {}, text)))
}
