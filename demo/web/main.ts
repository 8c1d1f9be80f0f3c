import { defineSessionDevtools, type SessionDevtoolsElement } from 'latchkey/devtools'
import { defineSessionDialog, type SessionDialogElement } from 'latchkey/element'
import { showAccount } from './account.ts'
import { obeyCommands } from './all-tabs.ts'
import { showCalls } from './calls.ts'
import { showDevices } from './devices.ts'
import { find } from './dom.ts'
import { showEndNotice } from './end-notice.ts'
import { showEventLog } from './event-log.ts'
import { showLimitsForm } from './limits-form.ts'
import { showMishaps } from './mishaps.ts'
import { addressOf, isNaive, mode, modes, strategy } from './mode.ts'
import { showNaiveNotice } from './naive-notice.ts'
import { showNotes } from './notes.ts'
import { session } from './session.ts'
import { showSessionBar } from './session-bar.ts'
import { showSignIn } from './sign-in.ts'
import { showStepUp } from './step-up.ts'
import { showStrategy } from './strategy.ts'
import { tools } from './tools.ts'
import { showTokenBar } from './token-bar.ts'

/** Shows the parts of the page that fit the session's state, by `data-when` in `index.html`. A covered page stays as it is. */
function showState(): void {
  if (session.state.cover) return
  const parts = [...document.querySelectorAll<HTMLElement>('[data-when]')]
  const focused = parts.find((part) => part.contains(document.activeElement))
  for (const part of parts) part.hidden = part.dataset['when'] !== session.state.status
  // If the focus was in a part that is now hidden, it moves to the beginning of the new parts.
  if (focused?.hidden) parts.find((part) => !part.hidden)?.focus()
}

/**
 * Shows the parts for the mode of the page, by `data-mode` and `data-with` in `index.html`, and links to the other
 * modes.
 */
function showMode(): void {
  const protection = isNaive ? 'naive' : 'latchkey'
  for (const link of document.querySelectorAll<HTMLAnchorElement>('nav a')) {
    const { mode: wanted = mode, with: wantedWith = protection } = link.dataset
    link.href = addressOf({
      mode: wanted === 'body' ? 'body' : 'cookie',
      naive: wantedWith === 'naive',
    })
    if (wanted === mode && wantedWith === protection) link.ariaCurrent = 'page'
    const isOffered = modes.includes(wanted as typeof mode) && modes.length > 1
    link.hidden = link.dataset['mode'] ? !isOffered : strategy !== 'rotating'
  }
  for (const nav of document.querySelectorAll('nav'))
    nav.hidden = [...nav.querySelectorAll('a')].every(({ hidden }) => hidden)
  for (const part of document.querySelectorAll<HTMLElement>(
    'p[data-mode], :is(p, li)[data-with]',
  )) {
    const { mode: wanted = mode, with: wantedWith = protection } = part.dataset
    part.hidden = wanted !== mode || wantedWith !== protection
  }
  find('open-tab', HTMLAnchorElement).href = addressOf({})
  const react = find('open-react', HTMLAnchorElement)
  react.href = addressOf({ path: '/react.html' })
  react.hidden = isNaive
  find('open-admin', HTMLAnchorElement).href = addressOf({ path: '/admin.html' })
}

/** Shows the lanes of all tabs, and which of them this one is. */
function showTimeline(): void {
  defineSessionDevtools()
  find('tools', HTMLElement as new () => SessionDevtoolsElement).tools = tools
  const suffix = `latchkey demo${isNaive ? ', naive' : ''}`
  document.title = suffix
  void tools.tab.then((tab) => (document.title = `Tab ${tab} · ${suffix}`))
}

/** Warns before the session ends, and covers the page after its end. An application writes no more than this. */
function showDialog(): void {
  defineSessionDialog()
  find('dialog', HTMLElement as new () => SessionDialogElement).session = session
}

showMode()
showStrategy(session)
showEventLog(session)
showEndNotice(session)
showNaiveNotice(session)
showDialog()
showSignIn(session)
showLimitsForm(session)
showAccount(session)
showTokenBar(session)
showSessionBar(session)
showCalls(session)
if (strategy !== 'anonymous') {
  showDevices(session)
  showNotes(session)
  showStepUp(session)
}
showTimeline()
showMishaps(session)
obeyCommands(session)
session.subscribe(showState)
showState()
