// The page of the dialog's tests: a text area, and a session whose end can be brought near.
import { defineSessionDialog } from '../../../src/element/index.ts'
import { cookieTransport, createSession, expiryWarnings, idleTimeout } from '../../../src/index.ts'
import { createTestSession } from '../../../src/testing/index.ts'
import type { TestSession } from '../../../src/testing/index.ts'

/** The interface of the page for tests. */
export interface DialogPage {
  /** A session of this page alone, or with `?momentMs` the session of all tabs. */
  readonly session: Pick<TestSession, 'state' | 'subscribe' | 'ready'>
  /** Brings the end of the test session near, so that it warns. */
  warn: TestSession['warn']
  /** Logs in to the session of all tabs, which warns after `momentMs` without activity. */
  logIn(): Promise<void>
  /** The announcements for screen readers, oldest first. */
  readonly announcements: readonly string[]
  /** How often the countdown has changed. */
  readonly ticks: number
  /** How often the dialog has closed. */
  readonly closings: number
  /** The directives of the page's policy that were violated. */
  readonly forbidden: readonly string[]
}

declare global {
  interface Window {
    dialogPage: DialogPage
  }
}

const WARN_MS = 60_000

const settings = new URLSearchParams(location.search)
const own = createTestSession({ warnings: expiryWarnings({ warnMs: 5 * WARN_MS }) })
const shared = createSession({
  transport: cookieTransport('/auth', { hintCookie: 'none' }),
  idle: idleTimeout({ afterMs: WARN_MS + Number(settings.get('momentMs') ?? 1) }),
  warnings: expiryWarnings({ warnMs: WARN_MS }),
  maxWaitMs: Number(settings.get('maxWaitMs') ?? 15_000),
})
const announcements: string[] = []
const forbidden: string[] = []
const page = {
  session: settings.has('momentMs') ? shared : own,
  warn: own.warn,
  logIn: () => shared.login({ access_token: 'secret', expires_in: 3_600 }),
  announcements,
  ticks: 0,
  closings: 0,
  forbidden,
}
window.dialogPage = page

document.addEventListener('securitypolicyviolation', ({ violatedDirective }) =>
  forbidden.push(violatedDirective),
)
document.addEventListener('DOMContentLoaded', () => {
  document.documentElement.style.colorScheme = 'light dark'
  const note = create('textarea')
  note.id = 'note'
  const label = create('label', 'Note ', note)
  const dialog = create('session-dialog')
  document.body.append(create('main', create('h1', 'Notes'), label), dialog)
  dialog.session = page.session
  defineSessionDialog()
  watch(dialog)
})

function watch({ shadowRoot }: HTMLElement): void {
  const [dialog, status, timer] = ['dialog', '[role=status]', '[role=timer]'].map((selector) =>
    shadowRoot?.querySelector(selector),
  )
  if (!dialog || !status || !timer) throw new Error('There is no dialog')
  // Not the event `close`, which comes with the next frame: hidden tabs draw none.
  new MutationObserver(() => {
    if (!dialog.hasAttribute('open')) page.closings++
  }).observe(dialog, { attributeFilter: ['open'] })
  new MutationObserver(() => page.ticks++).observe(timer, { childList: true })
  new MutationObserver(() => {
    if (status.textContent !== '') announcements.push(status.textContent)
  }).observe(status, { childList: true })
}

function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const created = document.createElement(tag)
  created.append(...children)
  return created
}
