import { cookieTransport, diagnostics, expiryWarnings } from '../../src/index.ts'
import type { SessionOptions } from '../../src/options.ts'
import type { Session } from '../../src/session.ts'
import { createBackend, overNetwork, type Backend } from './backend.ts'
import { createVirtualBrowser, type VirtualBrowser } from '../../src/testing/virtual-browser.ts'
import { settle } from './settle.ts'
import type { VirtualTab } from '../../src/testing/virtual-tab.ts'
import type { VirtualClock } from '../../src/testing/virtual-clock.ts'

/** A tab with a signed-in user, and everything around it. */
export interface SignedIn {
  readonly backend: Backend
  readonly browser: VirtualBrowser
  readonly clock: VirtualClock
  readonly tab: VirtualTab
  readonly session: Session
}

/** A cookie backend. Its missing hint cookie saves an anonymous visitor the first refresh. */
export const transport = cookieTransport('/auth', { hintCookie: 'signed-in' })

/** A tab in which no user is signed in. */
export async function openPage(
  options: Partial<SessionOptions> = {},
  backend = createBackend(),
): Promise<SignedIn> {
  const browser = createVirtualBrowser({
    session: {
      transport,
      fetch: backend.fetch,
      diagnostics: diagnostics(),
      warnings: expiryWarnings(),
      ...options,
    },
  })
  const tab = browser.openTab()
  await tab.session.ready
  return { backend, browser, clock: browser.clock, tab, session: tab.session }
}

/** Signs in with a token response of the backend. */
export async function signIn(
  options: Partial<SessionOptions> = {},
  backend = createBackend(),
): Promise<SignedIn> {
  const page = await openPage(options, backend)
  await page.session.login(backend.issue({ sid: 'sid-1' }))
  await settle()
  return page
}

/** Signs in. The API is a real server at `origin`, and requests go over the network. */
export function signInTo(origin: string, options: Partial<SessionOptions> = {}): Promise<SignedIn> {
  const backend = createBackend()
  return signIn({ origins: [origin], fetch: overNetwork(backend), ...options }, backend)
}

/** What `work` rejects with. Fails if it does not reject. */
export async function rejection(work: Promise<unknown>): Promise<unknown> {
  let value: unknown
  try {
    value = await work
  } catch (error) {
    return error
  }
  throw new Error(`Expected a rejection, got ${String(value)}`)
}
