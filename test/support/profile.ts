import type { SessionRecord } from '../../src/core/record/record.ts'
import { cookieTransport, diagnostics, expiryWarnings, jsonTransport } from '../../src/index.ts'
import type { SessionOptions } from '../../src/options.ts'
import { createVirtualBrowser, strictServer } from '../../src/testing/index.ts'
import type { ServerLimits } from '../../src/testing/token-families.ts'
import type { VirtualBrowser } from '../../src/testing/virtual-browser.ts'
import type { VirtualClock } from '../../src/testing/virtual-clock.ts'
import type { VirtualNetwork } from '../../src/testing/virtual-network.ts'
import type { ServerProgram, TokenAnswer, VirtualServer } from '../../src/testing/virtual-server.ts'
import type { VirtualTab } from '../../src/testing/virtual-tab.ts'
import type { TokenStorage } from '../../src/tokens.ts'

/** A record storage without cryptography: its work takes a fixed number of turns instead of waiting for a thread pool. */
export const plainStorage: TokenStorage = {
  kind: 'record',
  seal: (tokens) => Promise.resolve(tokens),
  open: (sealed) => Promise.resolve(sealed as Awaited<ReturnType<TokenStorage['open']>>),
}

/** The server, and the network to it. */
export interface ProfileServer
  extends
    Omit<VirtualServer, 'signIn' | 'forget' | 'handle'>,
    Omit<VirtualNetwork, 'forget' | 'of'> {
  /** The answer of the application's own login call. In cookie mode, its cookie is in the jar by then. */
  signIn(subject?: string, limits?: ServerLimits): TokenAnswer
  /** Forgets what was sent and answered so far. */
  forget(): void
}

/** A browser profile in front of a server. */
export interface Profile {
  readonly clock: VirtualClock
  readonly browser: VirtualBrowser
  readonly server: ProfileServer
  /** The record as it is stored. */
  readonly record: SessionRecord
  openTab(options?: Partial<SessionOptions>): Promise<VirtualTab>
  /** Opens a tab in which Alice has just signed in. */
  signedIn(limits?: ServerLimits): Promise<VirtualTab>
  /** The result of `work` while `ms` pass. Rejects if it has none by then. */
  during<T>(ms: number, work: Promise<T>): Promise<T>
  /** Lets access tokens expire. */
  expire(): Promise<void>
}

/** Options of {@link createProfile}: of the session, and of the server. */
export interface ProfileOptions extends Partial<SessionOptions> {
  readonly mode?: 'cookie' | 'body' | undefined
  readonly accessTtlS?: number | undefined
  /** @default a strict server */
  readonly server?: ServerProgram | undefined
}

export function createProfile({
  mode = 'cookie',
  accessTtlS = 600,
  server: program = strictServer({ refreshTokensIn: mode, accessTtlMs: accessTtlS * 1000 }),
  ...options
}: ProfileOptions = {}): Profile {
  const browser = createVirtualBrowser({
    session: {
      transport: mode === 'body' ? jsonTransport('/auth') : cookieTransport('/auth'),
      ...(mode === 'body' && { storage: plainStorage }),
      diagnostics: diagnostics(),
      warnings: expiryWarnings(),
      ...options,
    },
    server: program,
  })
  const { clock, network } = browser
  const server: ProfileServer = {
    ...browser.server,
    ...network,
    signIn: browser.signIn,
    forget() {
      browser.server.forget()
      network.forget()
    },
  }

  async function openTab(options?: Partial<SessionOptions>): Promise<VirtualTab> {
    const tab = browser.openTab(options)
    await browser.settle()
    return tab
  }

  return {
    clock,
    server,
    browser,
    openTab,
    get record() {
      return browser.stored.record as SessionRecord
    },
    async signedIn(limits) {
      const tab = await openTab()
      await tab.session.login(browser.signIn('alice', limits))
      await browser.settle()
      // Forget that the first page asked whether there is a session: tests do not count that.
      server.forget()
      return tab
    },
    async during(ms, work) {
      const progress = { isSettled: false }
      const settle = (): void => void (progress.isSettled = true)
      work.then(settle, settle)
      await clock.advance(ms)
      await browser.settle()
      if (!progress.isSettled) throw new Error(`Nothing has come of it after ${String(ms)} ms`)
      return work
    },
    async expire() {
      // Time passes while the computer sleeps, so no tab has renewed ahead of time.
      clock.sleep(accessTtlS * 1000)
      await browser.settle()
    },
  }
}
