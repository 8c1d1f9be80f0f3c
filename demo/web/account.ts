import type { DemoSession } from './demo-session.ts'
import { find, onClick } from './dom.ts'
import { whatFailed } from './wording.ts'

/** Shows who is signed in, with the buttons that end or renew the session. */
export function showAccount(session: DemoSession): void {
  const name = find('user-name', HTMLElement)
  const result = find('account-result', HTMLParagraphElement)
  const admin = find('open-admin', HTMLAnchorElement)

  session.subscribe(() => {
    const { status, claims, subject } = session.state
    if (status !== 'logged-in') return
    // Decoded from the token, for display only. The API decides what the user may do.
    const username = claims?.['username']
    name.textContent = typeof username === 'string' ? username : subject
    result.textContent = ''
    admin.hidden = claims?.['role'] !== 'admin'
  })

  onClick(find('log-out', HTMLButtonElement), async () => {
    await session.logout()
  })
  onClick(find('log-out-everywhere', HTMLButtonElement), async () => {
    await session.logout({ everywhere: true })
  })
  onClick(find('renew', HTMLButtonElement), async () => {
    try {
      await session.getAccessToken({ forceRefresh: true })
    } catch (error) {
      result.textContent = whatFailed(error)
    }
  })
}
