import type { ExtendResult, SessionWarning } from '../index.ts'
import { rememberFocus, returnFocus } from './focus.ts'
import { alertDialog, element, rename, setText } from './markup.ts'
import { formatTimeLeft, spokenMark } from './time-left.ts'

const SECOND_MS = 1_000
/** The default texts. An attribute of the same name replaces each. */
const TEXTS: Readonly<Record<string, string>> = {
  heading: 'Your session is about to end',
  countdown: 'You will be logged out in {time}.',
  message: 'Do you want to stay logged in?',
  final: 'Save your work now.',
  problem: 'The server cannot be reached. Try again.',
  stay: 'Stay logged in',
  close: 'Close',
  logout: 'Log out',
}

/** Opens the dialog for a warning, updates it when the warning changes, and closes it when there is none. */
export type ShowWarning = (warning: SessionWarning | null | undefined) => void

/** Creates the dialog in the shadow root of `host`. It has a timer and a listener only while it is open. */
export function createWarningDialog(host: HTMLElement): ShowWarning {
  const heading = element('h2', 'heading')
  heading.tabIndex = -1
  // Not a live region: `status` announces the countdown at its marks.
  const countdown = element('p', 'countdown', 'timer')
  const message = element('slot', 'message')
  const problem = element('p', 'problem', 'alert')
  const status = element('p', 'status', 'status')
  const dismissal = element('button', 'stay')
  const logout = element('button', 'logout')
  const texts = [heading, message, problem, dismissal, logout]
  const dialog = alertDialog(
    ...([host, 'dialog', 'countdown message final', heading] as const),
    ...[countdown, message, problem, status, dismissal, logout],
  )
  const root = dialog.getRootNode() as ShadowRoot
  let warning: SessionWarning | null | undefined
  let asking: Promise<ExtendResult> | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  logout.onclick = () => warning?.logout()
  // `cancel` is the Back gesture of a phone, and how assistive technology closes dialogs. For Escape it is not enough:
  // browsers close a dialog at the second Escape, even if `cancel` is prevented, unless the key itself is prevented.
  dialog.oncancel = dismissal.onclick = dismiss
  dialog.onkeydown = (event) => {
    if (event.key === 'Escape') dismiss(event)
    // In Firefox, Tab leaves the last button for the browser and does not come back: it goes on from the top.
    if (event.key === 'Tab' && !event.shiftKey && event.target === logout) heading.focus()
  }

  function open(): void {
    const isExtendable = warning?.extendable
    rename(message, (message.name = isExtendable ? 'message' : 'final'))
    rename(dismissal, isExtendable ? 'stay' : 'close')
    document.addEventListener('visibilitychange', tick)
    tick()
    rememberFocus(root)
    dialog.showModal()
    // If the session cannot be extended, focus no button: a user who is typing would press it unread.
    ;(isExtendable ? dismissal : heading).focus()
  }

  function hide(): void {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', tick)
    if (!dialog.open) return
    dialog.close()
    returnFocus(root)
  }

  /** Shows the time that is left by the clock. Timers are late in hidden tabs, and stop while the computer sleeps. */
  function tick(): void {
    clearTimeout(timer)
    // A session of the application's own making may know no moment.
    const leftMs = Math.max(0, (warning?.endsAt ?? 0) - Date.now()) || 0
    timer = setTimeout(tick, leftMs % SECOND_MS || SECOND_MS)
    const seconds = Math.ceil(leftMs / SECOND_MS)
    const mark = spokenMark(seconds)
    setText(countdown, sentence(seconds))
    setText(status, mark ? sentence(mark) : '')
    for (const each of texts) setText(each, textOf(each.id))
  }

  function textOf(name: string): string {
    return host.getAttribute(name) ?? TEXTS[name] ?? ''
  }

  function sentence(seconds: number): string {
    const lang = host.closest<HTMLElement>('[lang]')?.lang ?? ''
    return textOf('countdown').replaceAll('{time}', () => formatTimeLeft(seconds, lang))
  }

  function dismiss(event: Event): void {
    event.preventDefault()
    if (!warning?.extendable) hide()
    else if (!asking) void extend(warning)
  }

  async function extend(shown: SessionWarning): Promise<void> {
    const asked = shown.extend()
    setAsking(asked)
    const result = await asked
    // The warning may have been closed or replaced meanwhile.
    if (asking !== asked) return
    setAsking(null)
    // Every other result has changed the state of the session, which is shown by now.
    if (result.ok || result.reason !== 'refresh_unavailable') return
    problem.hidden = false
    if (!dialog.open) open()
  }

  function setAsking(next: Promise<ExtendResult> | null): void {
    asking = next
    problem.hidden = true
    // `disabled` would lose the focus.
    dismissal.setAttribute('aria-disabled', String(!!next))
  }

  return (next) => {
    // If only the end of the warning has moved, a dialog that the user has closed stays closed.
    const isMoved = next?.extendable === warning?.extendable
    warning = next
    if (isMoved) return
    // Close it also before it shows other texts: screen readers read them when it opens.
    hide()
    setAsking(null)
    if (next) open()
  }
}
