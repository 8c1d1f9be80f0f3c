import type { Session, Unsubscribe } from '../index.ts'
import { createWarningDialog } from './warning-dialog.ts'

/** The part of a session that the dialog uses. */
export type WarningSession = Pick<Session, 'state' | 'subscribe'>

/**
 * The property and the texts of `<session-dialog>`, for templates that check types. `latchkey/react`, `latchkey/vue` and
 * `latchkey/svelte` declare the element with them. For Preact, and likewise for `solid-js`:
 *
 * ```ts
 * declare module 'preact' {
 *   namespace JSX {
 *     interface IntrinsicElements {
 *       'session-dialog': SessionDialogProps & HTMLAttributes<SessionDialogElement>
 *     }
 *   }
 * }
 * ```
 */
export interface SessionDialogProps {
  readonly session?: WarningSession | null | undefined
  readonly heading?: string | undefined
  readonly countdown?: string | undefined
  readonly message?: string | undefined
  readonly final?: string | undefined
  readonly stay?: string | undefined
  readonly close?: string | undefined
  readonly logout?: string | undefined
  readonly problem?: string | undefined
}

/**
 * `<session-dialog>` warns the user before `session` ends. It is open in every tab while `session.state.warning` is set,
 * and returns the focus when it closes. Escape and the first button extend the session. If the session cannot be
 * extended, they close the dialog, and the session ends at its time.
 *
 * Its texts are attributes, which may change at any time:
 *
 * | attribute   | default                                                                             |
 * | ----------- | ----------------------------------------------------------------------------------- |
 * | `heading`   | Your session is about to end                                                        |
 * | `countdown` | You will be logged out in {time}.                                                   |
 * | `message`   | Do you want to stay logged in?                                                      |
 * | `final`     | Save your work now. Instead of `message` if the session cannot be extended.         |
 * | `stay`      | Stay logged in                                                                      |
 * | `close`     | Close. Instead of `stay` if the session cannot be extended.                         |
 * | `logout`    | Log out                                                                             |
 * | `problem`   | The server cannot be reached. Try again. Shown when `extend()` fails for that reason. |
 *
 * `{time}` becomes "1 minute 30 seconds", in the language of the nearest `lang`. It is shown every second, and announced
 * by screen readers at 60, 30, 20 and 10 seconds. The slots `message` and `final` take markup in place of the text, such
 * as a button to save.
 *
 * Fonts and `color-scheme` are the page's. The `dialog` and each text are parts (`::part(stay)`). The colours are custom
 * properties: `--session-dialog-background` and `--session-dialog-color`, and for the first button
 * `--session-dialog-accent` and `--session-dialog-on-accent`. Nothing is animated.
 *
 * It works under a Content-Security-Policy without `unsafe-inline`, and under Trusted Types.
 */
export interface SessionDialogElement extends HTMLElement {
  /** The session whose end the dialog warns of. May be set before the element is defined. @default null */
  session: WarningSession | null
}

declare global {
  interface HTMLElementTagNameMap {
    'session-dialog': SessionDialogElement
  }
}

/** Defines the element. Does nothing if the name is taken, or if there is no page (server, worker, React Native). */
export function defineSessionDialog(name = 'session-dialog'): void {
  if (typeof customElements === 'undefined' || customElements.get(name)) return

  // Inside the function, because without a page there is no HTMLElement to extend.
  class SessionDialog extends HTMLElement implements SessionDialogElement {
    readonly #show = createWarningDialog(this)
    #session: WarningSession | null = null
    #unsubscribe: Unsubscribe | undefined

    get session(): WarningSession | null {
      return this.#session
    }

    set session(session: WarningSession | null) {
      this.#session = session
      if (this.isConnected) this.#follow(session)
    }

    connectedCallback(): void {
      const { session } = this
      // A property that was set before the element was defined hides the accessor.
      Reflect.deleteProperty(this, 'session')
      this.session = session
    }

    disconnectedCallback(): void {
      this.#follow(null)
    }

    #follow(session: WarningSession | null): void {
      const show = (): void => this.#show(session?.state.warning)
      this.#unsubscribe?.()
      this.#unsubscribe = session?.subscribe(show)
      show()
    }
  }

  customElements.define(name, SessionDialog)
}
