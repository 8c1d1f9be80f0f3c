import { expect } from 'vitest'
import { dpop, type DpopTransport } from '../../src/dpop/index.ts'
import { jsonTransport } from '../../src/index.ts'
import type { SessionOptions } from '../../src/options.ts'
import { createVirtualBrowser, type VirtualBrowser } from '../../src/testing/virtual-browser.ts'
import type { VirtualTab } from '../../src/testing/virtual-tab.ts'
import { API, AUTH, createDpopServer, type DpopServer } from './dpop-server.ts'

/** The transport of one tab, as its page makes it. */
export const boundTransport = (): DpopTransport => dpop(jsonTransport(`${AUTH}/auth`))
export const REFRESH = `${AUTH}/auth/refresh`
export const NOTES = `${API}/notes`

/** Tabs of one browser with a signed-in user, and tokens bound to the key that these tabs share. */
export interface BoundSession {
  readonly browser: VirtualBrowser
  readonly server: DpopServer
  readonly tabs: readonly [VirtualTab, ...VirtualTab[]]
  /** The transports of the tabs. */
  readonly transports: readonly [DpopTransport, ...DpopTransport[]]
  openTab(): Promise<VirtualTab>
}

/** Opens this many tabs, and signs in in the first. */
export async function bindSession(
  options: Partial<SessionOptions> = {},
  count = 1,
): Promise<BoundSession> {
  const server = createDpopServer()
  const transport = boundTransport()
  const browser = createVirtualBrowser({
    session: { transport, origins: [API], fetch: server.fetch, ...options },
  })
  const first = browser.openTab()
  const transports: [DpopTransport, ...DpopTransport[]] = [transport]
  const tabs: [VirtualTab, ...VirtualTab[]] = [first]

  async function openTab(): Promise<VirtualTab> {
    const own = boundTransport()
    const tab = browser.openTab({ transport: own })
    transports.push(own)
    tabs.push(tab)
    await tab.session.ready
    return tab
  }

  while (tabs.length < count) await openTab()
  await first.session.login(await server.signIn(await transport.keyPair()))
  return { browser, server, tabs, transports, openTab }
}

/** Makes a tab renew, and waits until that has failed. The caller that asked for the token still waits. */
export async function failToRenew({ session, eventsOf }: VirtualTab): Promise<void> {
  session.getAccessToken({ forceRefresh: true }).catch(() => undefined)
  await expect.poll(() => eventsOf('refresh-failed')).toHaveLength(1)
}
