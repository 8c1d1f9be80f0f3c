import type { Session, Unsubscribe } from '../index.ts'
import { createEndedDialog } from './ended-dialog.ts'
import { createWarningDialog } from './warning-dialog.ts'

/** The part of a session that the dialog uses. */
export type WarningSession = Pick<Session, 'state' | 'subscribe'> & Partial<Pick<Session, 'logout'>>

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
  readonly signIn?: SessionDialogElement['signIn'] | undefined
  readonly heading?: string | undefined
  readonly countdown?: string | undefined
  readonly message?: string | undefined
  readonly final?: string | undefined
  readonly stay?: string | undefined
  readonly close?: string | undefined
  readonly logout?: string | undefined
  readonly problem?: string | undefined
  readonly ended?: string | undefined
  readonly idle?: string | undefined
  readonly 'session-limit'?: string | undefined
  readonly 'refresh-rejected'?: string | undefined
  readonly 'reuse-detected'?: string | undefined
  readonly revoked?: string | undefined
  readonly kept?: string | undefined
  readonly 'sign-in'?: string | undefined
  readonly failed?: string | undefined
  readonly leave?: string | undefined
  readonly other?: string | undefined
  readonly reload?: string | undefined
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
 * With the option `onEnd: stay()` it also covers the page from the end of the session until the same user is signed in again,
 * in this tab or another: what is behind is inert and hidden, and stays as it is. It says why the session has ended, and
 * offers to sign in again: with the function `signIn`, or with your own form in the slot `sign-in`. If another user signs in,
 * it offers to reload the page. It cannot be dismissed.
 *
 * | attribute                                                                 | default                                                                                       |
 * | ------------------------------------------------------------------------- | --------------------------------------------------------------------------------------------- |
 * | `ended`                                                                   | You have been signed out                                                                      |
 * | `idle`, `session-limit`, `refresh-rejected`, `reuse-detected`, `revoked`  | the reason in a sentence                                                                      |
 * | `kept`                                                                    | Sign in again to go on. Your work on this page is kept. Shown as long as calls of it can wait. |
 * | `sign-in`                                                                 | Sign in again                                                                                 |
 * | `failed`                                                                  | You are not signed in yet. Try again. Shown if `signIn` rejects.                              |
 * | `leave`                                                                   | Do not sign in again. Calls `logout()`, which gives up what waits.                            |
 * | `other`, `reload`                                                         | Another user is signed in; Reload this page                                                   |
 *
 * Fonts and `color-scheme` are the page's. The `dialog` and each text are parts (`::part(stay)`). The colours are custom
 * properties: `--session-dialog-background` and `--session-dialog-color`, and for the first button
 * `--session-dialog-accent` and `--session-dialog-on-accent`. What covers the page has the colour `--session-dialog-cover`.
 * Nothing is animated.
 *
 * It works under a Content-Security-Policy without `unsafe-inline`, and under Trusted Types.
 */
export interface SessionDialogElement extends HTMLElement {
  /** The session whose end the dialog warns of. May be set before the element is defined. @default null */
  session: WarningSession | null
  /**
   * Signs the user in again, when they ask for it: opens your login page in a window, or your identity provider's. Called in
   * the click, so it may open one. The dialog closes once the session has begun, in whichever tab. If it rejects, the dialog
   * says that it failed. @default null; then your form in the slot `sign-in` is the only way
   */
  signIn: (() => unknown) | null
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
    readonly #showWarning = createWarningDialog(this)
    readonly #showEnded = createEndedDialog(this)
    #session: WarningSession | null = null
    #signIn: SessionDialogElement['signIn'] = null
    #unsubscribe: Unsubscribe | undefined

    get session(): WarningSession | null {
      return this.#session
    }

    set session(session: WarningSession | null) {
      this.#session = session
      if (this.isConnected) this.#follow(session)
    }

    get signIn(): SessionDialogElement['signIn'] {
      return this.#signIn
    }

    set signIn(signIn: SessionDialogElement['signIn']) {
      this.#signIn = signIn
      if (this.isConnected) this.#showEnded(this.#session)
    }

    connectedCallback(): void {
      const { session, signIn } = this
      // A property that was set before the element was defined hides the accessor.
      Reflect.deleteProperty(this, 'session')
      Reflect.deleteProperty(this, 'signIn')
      this.signIn = signIn
      this.session = session
    }

    disconnectedCallback(): void {
      this.#follow(null)
    }

    #follow(session: WarningSession | null): void {
      const show = (): void => {
        this.#showWarning(session?.state.warning)
        this.#showEnded(session)
      }
      this.#unsubscribe?.()
      this.#unsubscribe = session?.subscribe(show)
      show()
    }
  }

  customElements.define(name, SessionDialog)
}
