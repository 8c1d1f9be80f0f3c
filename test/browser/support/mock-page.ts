// The page of the test of sessions without a backend: `createMockSession` with the warning dialog.
import { defineSessionDialog } from '../../../src/element/index.ts'
import { expiryWarnings, idleTimeout, type Session } from '../../../src/index.ts'
import { createMockSession } from '../../../src/testing/index.ts'

/** The interface of the page for tests. */
export interface MockPage {
  readonly session: Session
  /** The directives of the page's policy that were violated. */
  readonly forbidden: readonly string[]
}

declare global {
  interface Window {
    mockPage: MockPage
  }
}

const forbidden: string[] = []
document.addEventListener('securitypolicyviolation', ({ violatedDirective }) =>
  forbidden.push(violatedDirective),
)
const session = createMockSession({
  users: [{ sub: 'alice', name: 'Alice Liddell' }, { sub: 'bob' }],
  idle: idleTimeout({ afterMs: 15 * 60_000 }),
  // So long that no machine is too slow to answer the warning.
  warnings: expiryWarnings({ warnMs: 10 * 60_000 }),
})
document.addEventListener('DOMContentLoaded', () => {
  const [main, heading] = [document.createElement('main'), document.createElement('h1')]
  heading.textContent = 'An application'
  main.append(heading)
  const dialog = document.createElement('session-dialog')
  dialog.session = session
  document.body.append(main, dialog)
  defineSessionDialog()
})
window.mockPage = { session, forbidden }
