import type { ExtendResult, SessionWarning } from '../index.ts'
import { alertDialog, element, rename } from './markup.ts'
import { formatTimeLeft, spokenMark } from './time-left.ts'

const SECOND_MS = 1_000
/** The texts, unless the host has an attribute of this name. */
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

/** Opens the dialog for a warning, follows it while its end moves, and closes it without one. */
export type ShowWarning = (warning: SessionWarning | null | undefined) => void

/** Creates the dialog in the shadow of `host`. It holds a timer and a listener only while it is open. */
export function createWarningDialog(host: HTMLElement): ShowWarning {
  const heading = element('h2', 'heading')
  heading.tabIndex = -1
  // Not a live role: what is to be heard of it is said in the status.
  const countdown = element('p', 'countdown', 'timer')
  const message = element('slot', 'message')
  const problem = element('p', 'problem', 'alert')
  const status = element('p', 'status', 'status')
  const dismissal = element('button', 'stay')
  const logout = element('button', 'logout')
  const texts = [heading, message, problem, dismissal, logout]
  const dialog = alertDialog(host, heading, countdown, message, problem, status, dismissal, logout)
  let warning: SessionWarning | null | undefined
  let asking: Promise<ExtendResult> | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  logout.onclick = () => warning?.logout()
  // The Back gesture of a phone, and how assistive technology dismisses things. Of Escape it is not enough: browsers
  // close a dialog that has prevented it once, unless the key itself is prevented.
  dialog.oncancel = dismissal.onclick = dismiss
  dialog.onkeydown = (event) => {
    if (event.key === 'Escape') dismiss(event)
  }

  function open(): void {
    const isExtendable = warning?.extendable
    rename(message, (message.name = isExtendable ? 'message' : 'final'))
    rename(dismissal, isExtendable ? 'stay' : 'close')
    document.addEventListener('visibilitychange', tick)
    tick()
    dialog.showModal()
    // No button where no click can help: whoever is typing at that moment would press it unread.
    ;(isExtendable ? dismissal : heading).focus()
  }

  function hide(): void {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', tick)
    dialog.close()
  }

  /** Shows what is left by the clock: timers are late in hidden tabs, and stand still while a computer sleeps. */
  function tick(): void {
    clearTimeout(timer)
    const leftMs = Math.max(0, (warning?.endsAt ?? 0) - Date.now())
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
    return textOf('countdown').replace('{time}', formatTimeLeft(seconds, lang))
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
    // Another warning may have taken its place meanwhile, or none.
    if (asking !== asked) return
    setAsking(null)
    // Every other answer is a new state of the session, which is shown by now.
    if (result.ok || result.reason !== 'refresh_unavailable') return
    problem.hidden = false
    if (!dialog.open) open()
  }

  function setAsking(next: Promise<ExtendResult> | null): void {
    asking = next
    problem.hidden = true
    // Not `disabled`, which would take the focus away.
    dismissal.setAttribute('aria-disabled', String(!!next))
  }

  return (next) => {
    // The end of a warning may move, as it does while the server is asked: what was closed for it stays closed.
    const isMoved = next?.extendable === warning?.extendable
    warning = next
    if (isMoved) return
    // Also before it opens for other words, which are read out only then.
    hide()
    setAsking(null)
    if (next) open()
  }
}

/** Touches nothing that says so already: a screen reader would read it again. */
function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text
}
