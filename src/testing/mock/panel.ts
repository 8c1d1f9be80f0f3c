import type { Dispose } from '../../ports.ts'
import type { Session } from '../../session.ts'
import type { MockUser } from './mock-session.ts'

const STYLE = `
:host {
  position: fixed;
  z-index: 2147483645;
  inset: auto auto .75rem .75rem;
  color-scheme: light dark;
  font: 14px/1.4 system-ui, sans-serif;
}
aside {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: .4rem .6rem;
  padding: .4rem .6rem;
  border: 1px solid GrayText;
  border-radius: 7px;
  background: Canvas;
  color: CanvasText;
}
select, button { min-height: 2rem; font: inherit }
`

/** What the panel shows, and what it does. */
export interface PanelDeps {
  readonly session: Pick<Session, 'state' | 'subscribe' | 'logout'>
  readonly users: readonly MockUser[]
  readonly signIn: (user: MockUser) => Promise<void>
  readonly warn: () => Promise<void>
}

/**
 * Puts the panel into the corner of the page, now or as soon as it has a body: who is signed in, and a button that opens the
 * warning, which Alt+Shift+W presses. It is made without markup or inline styles, which a page's policy may forbid.
 */
export function mountPanel({ session, users, signIn, warn }: PanelDeps): Dispose {
  const host = document.createElement('session-mock')
  const select = document.createElement('select')
  for (const { sub, name = sub } of [{ sub: '', name: 'Nobody' }, ...users]) {
    const option = document.createElement('option')
    option.value = sub
    option.append(name)
    select.append(option)
  }
  const label = document.createElement('label')
  label.append('Signed in: ', select)
  const warning = document.createElement('button')
  warning.type = 'button'
  warning.title = 'Alt+Shift+W'
  warning.append('Warn')
  const panel = document.createElement('aside')
  panel.setAttribute('aria-label', 'Session without a backend')
  panel.append(label, warning)

  function show(): void {
    const { subject, status } = session.state
    select.value = subject ?? ''
    select.disabled = status === 'restoring'
    warning.disabled = status !== 'logged-in'
  }

  select.onchange = () => {
    const user = users.find(({ sub }) => sub === select.value)
    // A page with parked calls asks its user to sign in again; show what is true until then.
    void (user ? signIn(user) : session.logout()).finally(show)
  }
  warning.onclick = () => void warn()

  function pressShortcut(event: KeyboardEvent): void {
    if (!(event.altKey && event.shiftKey && event.code === 'KeyW')) return
    event.preventDefault()
    warning.click()
  }

  function mount(): void {
    document.body.append(host)
  }

  const style = new CSSStyleSheet()
  style.replaceSync(STYLE)
  const root = host.attachShadow({ mode: 'open' })
  root.adoptedStyleSheets = [style]
  root.append(panel)
  const unsubscribe = session.subscribe(show)
  show()
  document.addEventListener('keydown', pressShortcut)
  if ((document.body as HTMLElement | null) !== null) mount()
  else document.addEventListener('DOMContentLoaded', mount)
  return () => {
    unsubscribe()
    document.removeEventListener('keydown', pressShortcut)
    document.removeEventListener('DOMContentLoaded', mount)
    host.remove()
  }
}
