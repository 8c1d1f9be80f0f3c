import { showAccount } from './account.ts'
import { showCalls } from './calls.ts'
import { showEndNotice } from './end-notice.ts'
import { showEventLog } from './event-log.ts'
import { mode } from './mode.ts'
import { showNotes } from './notes.ts'
import { session } from './session.ts'
import { showSignIn } from './sign-in.ts'
import { showTokenBar } from './token-bar.ts'

/** Shows the parts of the page that are for the session's state, `data-when` in `index.html`. */
function showState(): void {
  const parts = [...document.querySelectorAll<HTMLElement>('[data-when]')]
  const focused = parts.find((part) => part.contains(document.activeElement))
  for (const part of parts) part.hidden = part.dataset['when'] !== session.state.status
  // Who had the keyboard's focus in a part that is gone goes on where the new ones begin.
  if (focused?.hidden) parts.find((part) => !part.hidden)?.focus()
}

/** Shows which mode the page is in, `data-mode` in `index.html`. */
function showMode(): void {
  document.querySelector(`nav [data-mode=${mode}]`)?.setAttribute('aria-current', 'page')
  for (const hint of document.querySelectorAll<HTMLElement>('p[data-mode]'))
    hint.hidden = hint.dataset['mode'] !== mode
}

showMode()
showEventLog(session)
showEndNotice(session)
showSignIn(session)
showAccount(session)
showTokenBar(session)
showCalls(session)
showNotes(session)
session.subscribe(showState)
showState()
