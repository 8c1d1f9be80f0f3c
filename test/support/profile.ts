import { cookieTransport, jsonTransport } from '../../src/index.ts'
import type { SessionRecord } from '../../src/core/record.ts'
import type { SessionOptions } from '../../src/options.ts'
import type { TokenStorage } from '../../src/tokens.ts'
import { createFakeBrowser, settle, type FakeBrowser, type FakeTab } from './fake-browser.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import {
  createStrictServer,
  type Family,
  type StrictServer,
  type StrictServerOptions,
} from './strict-server.ts'

/** A record storage without cryptography, whose work takes a number of turns that no thread pool decides. */
export const plainStorage: TokenStorage = {
  kind: 'record',
  seal: (tokens) => Promise.resolve(tokens),
  open: (sealed) => Promise.resolve(sealed as Awaited<ReturnType<TokenStorage['open']>>),
}

/** A browser profile in front of a strict server. */
export interface Profile {
  readonly clock: FakeClock
  readonly browser: FakeBrowser
  readonly server: StrictServer
  /** The record as it rests. */
  readonly record: SessionRecord
  openTab(options?: Partial<SessionOptions>): Promise<FakeTab>
  /** A tab in which Alice has just signed in. */
  signedIn(limits?: Family['limits']): Promise<FakeTab>
  /** What `work` comes to while `ms` pass. */
  during<T>(ms: number, work: Promise<T>): Promise<T>
  /** Lets access tokens expire: what was fresh is not any more. */
  expire(): Promise<void>
}

/** Options of {@link createProfile}: of the session, and of the server. */
export interface ProfileOptions extends Partial<SessionOptions>, StrictServerOptions {}

export function createProfile({
  mode,
  accessTtlS = 600,
  ...options
}: ProfileOptions = {}): Profile {
  const clock = createFakeClock()
  const server = createStrictServer(clock, { mode, accessTtlS })
  const browser = createFakeBrowser(
    {
      transport: mode === 'body' ? jsonTransport('/auth') : cookieTransport('/auth'),
      ...(mode === 'body' && { storage: plainStorage }),
      fetch: server.fetch,
      ...options,
    },
    clock,
  )

  async function openTab(options?: Partial<SessionOptions>): Promise<FakeTab> {
    const tab = browser.openTab(options)
    await settle()
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
      await tab.session.login(server.signIn('alice', limits))
      await settle()
      // The first page asked whether there is a cookie: nobody's subject here.
      server.forget()
      return tab
    },
    async during(ms, work) {
      const [result] = await Promise.all([work, clock.advance(ms)])
      return result
    },
    async expire() {
      // Nobody is looking while it happens: no tab has renewed ahead of time.
      clock.sleep(accessTtlS * 1000)
      await settle()
    },
  }
}
