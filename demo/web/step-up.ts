import { auth } from './api.ts'
import type { DemoSession } from './demo-session.ts'
import { find } from './dom.ts'
import { duration, whatFailed } from './wording.ts'

/**
 * Asks for the password again when the API wants a more recent sign-in. The session goes on; only its next token is
 * different.
 */
export function showStepUp(session: DemoSession): void {
  const form = find('step-up', HTMLFormElement)
  const input = find('step-up-password', HTMLInputElement)
  const problem = find('step-up-problem', HTMLParagraphElement)

  session.on('step-up', ({ maxAgeMs }) => {
    find('step-up-age', HTMLElement).textContent = maxAgeMs === null ? 'moment' : duration(maxAgeMs)
    form.hidden = false
    input.focus()
  })
  session.on('ended', close)

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (form.ariaBusy !== 'true') void confirm(input.value)
  })

  async function confirm(password: string): Promise<void> {
    problem.textContent = ''
    form.ariaBusy = 'true'
    try {
      const headers = { authorization: `Bearer ${await session.getAccessToken()}` }
      await auth.post('confirm', { headers, json: { password } })
      // The access token says when the user has signed in, so a new one is needed.
      await session.getAccessToken({ forceRefresh: true })
      close()
    } catch (error) {
      problem.textContent = whatFailed(error)
    } finally {
      form.ariaBusy = null
    }
  }

  function close(): void {
    form.reset()
    form.hidden = true
  }
}
