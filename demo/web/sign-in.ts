import type { DemoSession } from './demo-session.ts'
import { auth } from './api.ts'
import { deviceName } from './device-name.ts'
import { find, onClick } from './dom.ts'
import { limits } from './limits.ts'
import { isNaive, mode } from './mode.ts'
import { whatFailed } from './wording.ts'

/**
 * Registers or signs in with the server, and passes its answer to the session unchanged. While the page is covered, the
 * form stands in the dialog that covers it.
 */
export function showSignIn(session: DemoSession): void {
  const form = find('sign-in', HTMLFormElement)
  const problem = find('sign-in-problem', HTMLParagraphElement)
  const dialog = find('dialog', HTMLElement)
  const place = find('sign-in-place', HTMLDivElement)
  const device = deviceName()

  async function signIn(path: 'login' | 'register'): Promise<void> {
    const { username, password } = Object.fromEntries(new FormData(form))
    problem.textContent = ''
    form.ariaBusy = 'true'
    try {
      const answer = await auth
        .post(path, { json: { username, password, delivery: mode, device, ...limitsForServer() } })
        .json()
      await session.login(answer)
      form.reset()
    } catch (error) {
      problem.textContent = whatFailed(error)
    } finally {
      form.ariaBusy = null
    }
  }

  session.subscribe(() => {
    const wanted = session.state.cover ? dialog : place
    if (form.parentElement !== wanted) wanted.append(form)
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    // Disabling the form would take the keyboard focus away.
    if (form.ariaBusy === 'true') return
    void signIn('login')
  })
  onClick(find('register', HTMLButtonElement), async () => {
    if (form.reportValidity()) await signIn('register')
  })
}

/** The server enforces the limits itself, whatever the page says later. */
function limitsForServer(): object {
  const { idleS, sessionS } = limits
  if (isNaive) return {}
  return { session_ttl_s: sessionS, ...(idleS !== 0 && { idle_ttl_s: idleS }) }
}
