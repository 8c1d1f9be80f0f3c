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
  for (const part of document.querySelectorAll<HTMLElement>('[data-when]'))
    part.hidden = part.dataset['when'] !== session.state.status
}

document.querySelector(`nav [data-mode=${mode}]`)?.setAttribute('aria-current', 'page')
showEventLog(session)
showEndNotice(session)
showSignIn(session)
showAccount(session)
showTokenBar(session)
showCalls(session)
showNotes(session)
session.subscribe(showState)
showState()
