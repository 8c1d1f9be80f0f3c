import { releaseCaret, rememberFocus, returnFocus } from './focus.ts'
import { alertDialog, element, rename, setText } from './markup.ts'
import type { SessionDialogElement, WarningSession } from './session-dialog.ts'

/** The default texts. An attribute of the same name replaces each. */
const TEXTS: Readonly<Record<string, string>> = {
  ended: 'You have been signed out',
  idle: 'You were away for a while.',
  'session-limit': 'Your session has reached its time limit.',
  'refresh-rejected': 'The server has ended your session.',
  'reuse-detected': 'The server has ended your session to protect your account.',
  revoked: 'Your session was ended from elsewhere.',
  kept: 'Sign in again to go on. Your work on this page is kept.',
  'sign-in': 'Sign in again',
  failed: 'You are not signed in yet. Try again.',
  leave: 'Do not sign in again',
  other: 'Another user is signed in',
  reload: 'Reload this page',
}

/** Covers the page while the state says so, and offers to sign in again. */
export type ShowEnded = (session: WarningSession | null) => void

/** Creates the dialog in the shadow root of `host`. Unlike a warning it cannot be dismissed. */
export function createEndedDialog(host: SessionDialogElement): ShowEnded {
  const heading = element('h2', 'ended')
  heading.tabIndex = -1
  const reason = element('p', 'reason')
  const kept = element('p', 'kept')
  const failed = element('p', 'failed', 'alert')
  const form = element('slot', 'form')
  form.name = 'sign-in'
  const signIn = element('button', 'sign-in')
  form.append(signIn)
  const leave = element('button', 'leave')
  const reload = element('button', 'reload')
  const dialog = alertDialog(
    ...([host, 'cover', 'reason kept', heading] as const),
    ...[reason, kept, failed, form, leave, reload],
  )
  const root = dialog.getRootNode() as ShadowRoot
  let shown: WarningSession | null = null
  let asking: Promise<unknown> | null = null

  signIn.onclick = () => void ask()
  leave.onclick = () => void shown?.logout?.()
  reload.onclick = () => location.reload()
  // Browsers close a dialog at the second Escape, even if `cancel` is prevented, unless the key itself is prevented.
  dialog.oncancel = (event) => event.preventDefault()
  dialog.onkeydown = (event) => {
    if (event.key === 'Escape') event.preventDefault()
  }
  // Whatever else has closed it: what is behind stays covered.
  dialog.onclose = () => show(shown)

  function textOf(name: string): string {
    return host.getAttribute(name) ?? TEXTS[name] ?? ''
  }

  async function ask(): Promise<void> {
    if (asking) return
    failed.hidden = true
    signIn.setAttribute('aria-disabled', 'true')
    let isDone = true
    try {
      // In this turn, so that it may open a window.
      asking = Promise.resolve(host.signIn?.())
      await asking
    } catch {
      isDone = false
    }
    asking = null
    signIn.removeAttribute('aria-disabled')
    failed.hidden = isDone
  }

  function show(session: WarningSession | null): void {
    shown = session
    const state = session?.state
    const cover = state?.cover
    if (!cover) return hide()
    const isOther = state.status === 'logged-in'
    const said = isOther ? 'other' : 'ended'
    const isSaid = dialog.open && heading.id === said
    rename(heading, said)
    dialog.setAttribute('aria-labelledby', heading.id)
    setText(reason, textOf(cover.reason))
    for (const each of [heading, kept, failed, signIn, leave, reload])
      setText(each, textOf(each.id))
    reason.hidden = isOther
    kept.hidden = leave.hidden = state.parked === null
    form.hidden = isOther
    signIn.hidden = !host.signIn
    reload.hidden = !isOther
    if (isSaid) return
    if (!dialog.open) {
      failed.hidden = true
      rememberFocus(root)
      dialog.showModal()
    }
    // No button: a user who is typing would press it unread.
    heading.focus()
  }

  function hide(): void {
    if (!dialog.open) return
    releaseCaret(root)
    dialog.close()
    returnFocus(root)
  }

  return show
}
