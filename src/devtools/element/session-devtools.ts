import type { DevtoolsFeature, SessionDevtools } from '../devtools.ts'
import { hasPage } from '../../platform/page.ts'
import type { Dispose } from '../../ports.ts'
import { createTools, type Tools } from './tools.ts'

const NAME = 'session-devtools'

/** The properties of `<session-devtools>`, for templates that check types. */
export interface SessionDevtoolsProps {
  readonly tools?: SessionDevtools | null | undefined
  readonly embedded?: boolean | undefined
}

/**
 * `<session-devtools>` shows `tools`: a timeline of all tabs of the session, the same in words, what the tabs know, and
 * mishaps at a click. It is a button in the corner of the page, which Alt+Shift+L presses as well. With the attribute
 * `embedded` it stands where it is placed, and is always open.
 *
 * It works under a Content-Security-Policy without `unsafe-inline`, and under Trusted Types.
 */
export interface SessionDevtoolsElement extends HTMLElement {
  /** What `devtools()` has returned. May be set before the element is defined. @default null */
  tools: SessionDevtools | null
}

declare global {
  interface HTMLElementTagNameMap {
    'session-devtools': SessionDevtoolsElement
  }
}

/** Defines the element. Does nothing if the name is taken, or if there is no page. `devtools()` calls it unless `mount` is `false`. */
export function defineSessionDevtools(name: string = NAME): void {
  if (typeof customElements === 'undefined' || customElements.get(name)) return

  // Inside the function, because without a page there is no HTMLElement to extend.
  class SessionDevtoolsPanel extends HTMLElement implements SessionDevtoolsElement {
    #tools: SessionDevtools | null = null
    #shown: Tools | undefined
    #stop: Dispose | undefined

    get tools(): SessionDevtools | null {
      return this.#tools
    }

    set tools(tools: SessionDevtools | null) {
      this.#tools = tools
      if (this.isConnected) this.#follow(tools)
    }

    connectedCallback(): void {
      const { tools } = this
      // A property that was set before the element was defined hides the accessor.
      Reflect.deleteProperty(this, 'tools')
      this.tools = tools
    }

    disconnectedCallback(): void {
      this.#follow(null)
    }

    #follow(tools: SessionDevtools | null): void {
      this.#stop?.()
      this.#shown?.dispose()
      this.#stop = this.#shown = undefined
      if (!tools) return
      const { hasMishaps, watchSource } = tools as DevtoolsFeature
      const shown = (this.#shown = createTools(this, hasMishaps))
      this.#stop = watchSource((source) => shown.show(source))
    }
  }

  customElements.define(name, SessionDevtoolsPanel)
}

/** Puts the tools into the corner of the page, now or as soon as it has a body. */
export function mountDevtools(tools: SessionDevtools): Dispose {
  if (!hasPage() || typeof customElements === 'undefined') return () => undefined
  defineSessionDevtools()
  const element = document.createElement(NAME)
  element.tools = tools
  const mount = (): void => document.body.append(element)
  if ((document.body as HTMLElement | null) !== null) mount()
  else document.addEventListener('DOMContentLoaded', mount)
  return () => {
    document.removeEventListener('DOMContentLoaded', mount)
    element.remove()
  }
}
