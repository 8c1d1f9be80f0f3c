import { createElement as h, useState, type ReactElement } from 'react'
import { createRoot } from 'react-dom/client'
import { SessionProvider, useSession, useSessionExpiring } from 'latchkey/react'
import { find } from './dom.ts'
import { openLatchkeySession } from './latchkey-session.ts'
import { addressOf, calledPath } from './mode.ts'
import { tools } from './tools.ts'
import { whatFailed, whyEnded, whyExpiring } from './wording.ts'

/** What the page shows. It depends on the session only. A covered page stays as it is, and is neither seen nor reached. */
function App(): ReactElement {
  const { cover } = useSession()
  const isCovered = cover !== null
  const style = isCovered ? { visibility: 'hidden' as const } : {}
  return h(
    'div',
    { className: 'column' },
    h(Cover),
    h('div', { inert: isCovered, style }, h(Content)),
  )
}

function Content(): ReactElement {
  const { status, end, cover } = useSession()
  switch (cover ? 'logged-in' : status) {
    case 'restoring':
      return h('p', { className: 'hint' }, 'Looking for a session in this browser …')
    case 'logged-in':
      return h('div', { className: 'column' }, h(Warning), h(Account))
    case 'logged-out':
      return h(
        'section',
        null,
        h('h2', null, 'Nobody is signed in'),
        end && h('p', { role: 'status' }, `The last session is over: ${whyEnded(end)}.`),
        h('p', null, h('a', { href: addressOf({}) }, 'Sign in on the other page')),
      )
  }
}

function Account(): ReactElement {
  const { claims, subject, session } = useSession()
  const username = claims?.['username']
  const [answer, setAnswer] = useState('')

  async function call(): Promise<void> {
    const answered = await session.authFetch(`/api/${calledPath}`).then(
      ({ status }) => `The API answered ${status}.`,
      (error: unknown) => whatFailed(error),
    )
    setAnswer(answered)
  }

  return h(
    'section',
    null,
    h(
      'h2',
      null,
      'Signed in as ',
      h('strong', null, typeof username === 'string' ? username : subject),
    ),
    h('p', { className: 'hint', role: 'status' }, answer || 'Calls go out with authFetch.'),
    h(
      'div',
      { className: 'actions' },
      h('button', { type: 'button', onClick: () => void call() }, 'One call'),
      h(
        'button',
        { type: 'button', className: 'plain', onClick: () => void session.logout() },
        'Log out',
      ),
    ),
  )
}

/** A cover of the page's own instead of the dialog, from the end of the session until its user is back. */
function Cover(): ReactElement | null {
  const { cover, status } = useSession()
  if (!cover) return null
  const isOther = status === 'logged-in'
  return h(
    'section',
    { className: 'notice bad', 'aria-labelledby': 'cover' },
    h('h2', { id: 'cover' }, isOther ? 'Another user is signed in' : 'You have been signed out'),
    h('p', { role: 'alert' }, `Your session is over: ${whyEnded(cover)}.`),
    isOther
      ? h('button', { type: 'button', onClick: () => location.reload() }, 'Reload this page')
      : h(
          'p',
          null,
          h('a', { href: addressOf({}), target: '_blank', rel: 'noopener' }, 'Sign in again'),
          ' in another tab. This page stays as it is.',
        ),
  )
}

/** A warning of the page's own instead of the dialog. It renders once a second, and only while a warning is open. */
function Warning(): ReactElement | null {
  const expiring = useSessionExpiring()
  if (!expiring) return null
  const { cause, extendable, secondsLeft, extend } = expiring
  return h(
    'section',
    { className: 'notice bad', 'aria-labelledby': 'warning' },
    h('h2', { id: 'warning' }, 'Your session is about to end'),
    h('p', { role: 'alert' }, `The reason: ${whyExpiring(cause)}.`),
    h('p', { role: 'timer' }, `${secondsLeft} s left`),
    extendable &&
      h(
        'div',
        { className: 'actions' },
        h('button', { type: 'button', id: 'stay', onClick: () => void extend() }, 'I am here'),
      ),
  )
}

const session = openLatchkeySession()
void tools.tab.then((tab) => (document.title = `Tab ${tab} · latchkey demo, in React`))
createRoot(find('root', HTMLElement)).render(h(SessionProvider, { session }, h(App)))
