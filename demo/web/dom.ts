/** Finds the element with this id in `index.html`; throws if it is missing. */
export function find<E extends HTMLElement>(id: string, type: new () => E): E {
  const element = document.getElementById(id)
  if (!(element instanceof type)) throw new Error(`There is no ${type.name} with id="${id}"`)
  return element
}

/** Makes an element of texts and other elements. Text is never parsed as markup. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  element.className = className
  element.append(...children)
  return element
}

/** Runs `work` at a click, with the button disabled until it is done. */
export function onClick(button: HTMLButtonElement, work: () => Promise<void>): void {
  async function run(): Promise<void> {
    // Unlike `disabled`, this keeps the keyboard focus where it is.
    if (button.ariaDisabled === 'true') return
    button.ariaDisabled = 'true'
    try {
      await work()
    } finally {
      button.ariaDisabled = null
    }
  }
  button.addEventListener('click', () => void run())
}
