import type { Session, Unsubscribe } from '../index.ts'
import { createWarningDialog } from './warning-dialog.ts'

/** What the dialog needs of a session. */
export type WarningSession = Pick<Session, 'state' | 'subscribe'>

/**
 * `<session-dialog>` warns the user before `session` ends: it is open while `session.state.warning` is there, in every
 * tab, and returns the focus when it closes. Escape, like its first button, means to stay; where no click can help it
 * closes the dialog, and the session ends when it was said to.
 *
 * Its texts are attributes, which may change at any time:
 *
 * | attribute   | default                                                                             |
 * | ----------- | ----------------------------------------------------------------------------------- |
 * | `heading`   | Your session is about to end                                                        |
 * | `countdown` | You will be logged out in {time}.                                                   |
 * | `message`   | Do you want to stay logged in?                                                      |
 * | `final`     | Save your work now. Instead of `message`, where no click can help.                  |
 * | `stay`      | Stay logged in                                                                      |
 * | `close`     | Close. Instead of `stay`, where no click can help.                                  |
 * | `logout`    | Log out                                                                             |
 * | `problem`   | The server cannot be reached. Try again. Shown when `extend()` was told so.         |
 *
 * `{time}` becomes "1 minute 30 seconds", in the language of the nearest `lang`. It is seen every second, and heard at 60,
 * 30, 20 and 10 seconds. The slots `message` and `final` take markup in place of the text, a button to save for instance.
 *
 * Fonts and `color-scheme` are the page's. Each text is a part of its name (`::part(stay)`), and so is the `dialog`; the
 * colours are custom properties: `--session-dialog-background`, `--session-dialog-color`, and of the button to stay
 * `--session-dialog-accent` and `--session-dialog-on-accent`. Nothing moves, so there is no motion to reduce.
 *
 * A Content-Security-Policy needs no `unsafe-inline` for it, and no policy of Trusted Types.
 */
export interface SessionDialogElement extends HTMLElement {
  /** Whose end is warned of. May be set before the element is defined. @default null */
  session: WarningSession | null
}

declare global {
  interface HTMLElementTagNameMap {
    'session-dialog': SessionDialogElement
  }
}

/** Defines the element. Does nothing where it is defined already, or where there is no page (SSR). */
export function defineSessionDialog(name = 'session-dialog'): void {
  if (typeof customElements === 'undefined' || customElements.get(name)) return

  // Here and not outside: there is no HTMLElement to extend where there is no page.
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
      // What was set before the element was defined lies in front of the accessor.
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
