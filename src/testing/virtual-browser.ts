import type { SessionOptions } from '../options.ts'
import { noFaults, type Faults } from './faults.ts'
import { createRandom } from './random.ts'
import { strictServer } from './strict-server.ts'
import type { ServerLimits } from './token-families.ts'
import { createVirtualChannels, type Delivery } from './virtual-channel.ts'
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts'
import { createVirtualDisk } from './virtual-disk.ts'
import { createVirtualLocks } from './virtual-locks.ts'
import { createVirtualMirror } from './virtual-mirror.ts'
import { createVirtualNetwork, type VirtualNetwork } from './virtual-network.ts'
import type { ServerProgram, TokenAnswer, VirtualServer } from './virtual-server.ts'
import { openVirtualTab, type TabHost, type VirtualTab } from './virtual-tab.ts'
import { openVirtualWorker, type VirtualWorker } from './virtual-worker.ts'

/** Options of {@link createVirtualBrowser}. */
export interface VirtualBrowserOptions {
  /** The application's options. Each tab can override them. Requests go to `server` unless `fetch` is set. */
  readonly session: SessionOptions
  /** @default strictServer() */
  readonly server?: ServerProgram | undefined
  /** Seeds everything random, so that a run can be repeated. @default every random number is 0.5 */
  readonly seed?: number | undefined
}

/** A browser profile: tabs that share a record, a mirror, cookies, locks and a channel, with one clock and one server. */
export interface VirtualBrowser {
  readonly clock: VirtualClock
  readonly network: VirtualNetwork
  readonly server: VirtualServer
  /** What the browser fails at, in all tabs. */
  readonly faults: Faults
  /** The content of IndexedDB and localStorage, and the cookies that script can read: their names, or `name=value`. */
  readonly stored: { record: unknown; mirror: string | null; cookies: string[] }
  openTab(options?: Partial<SessionOptions>): VirtualTab
  /** Has a worker ready, which the first tab with its `worker` starts. @default the transport and storage of the sessions */
  openWorker(
    options?: Pick<SessionOptions, 'storage'> & Partial<Pick<SessionOptions, 'transport'>>,
  ): VirtualWorker
  /** Signs a user in at the server, which sets the cookie. Returns the answer for `session.login`. */
  signIn(subject?: string, limits?: ServerLimits): TokenAnswer
  /** Advances time by `ms` in all tabs. */
  advance(ms: number): Promise<void>
  /** Advances time by `ms` while the computer sleeps: timers run after it wakes. */
  sleep(ms: number): Promise<void>
  /** Sets the system clock forward or back by `ms`. */
  stepClock(ms: number): Promise<void>
  /** Runs everything that can run without time passing. */
  settle(): Promise<void>
  /** Clears record, mirror and cookies, as the user or the browser may. */
  clearSiteData(): void
  /** Posts a message to all tabs that no tab has sent. */
  say(message: unknown): void
  /** Passes messages between tabs to a test instead of delivering them; `null` delivers them again. */
  holdMessages(onDelivery: ((delivery: Delivery) => void) | null): void
  /** How often locks and records were used, for tests of paths that must not use them. */
  readonly used: { readonly locks: number; readonly reads: number; readonly updates: number }
  /** Every record that was written to IndexedDB under the name that was opened first, and every message that was posted, in order. */
  readonly written: readonly unknown[]
  readonly posted: readonly unknown[]
  /** The locks that are held now. */
  readonly heldLocks: ReadonlySet<string>
  /** How many timers, listeners, channels and locks all tabs together hold. */
  readonly holding: number
}

/** Creates a browser without tabs, and starts its server. Nothing in it takes real time. */
export function createVirtualBrowser({
  session: defaults,
  server: program = strictServer(),
  seed,
}: VirtualBrowserOptions): VirtualBrowser {
  const clock = createVirtualClock()
  const random = seed === undefined ? () => 0.5 : createRandom(seed)
  const server = program(clock)
  const network = createVirtualNetwork(server)
  const disk = createVirtualDisk(clock)
  const mirror = createVirtualMirror(clock)
  const channels = createVirtualChannels(clock)
  const locks = createVirtualLocks(clock, random)
  const faults = noFaults()
  const tabs: VirtualTab[] = []
  const cookies: string[] = []
  let ids = 0

  const host: TabHost = {
    clock,
    faults,
    cookie(name) {
      const found = cookies.find((cookie) => cookie === name || cookie.startsWith(`${name}=`))
      return found?.slice(name.length + 1)
    },
    ports: (life, fault, heldLocks) => ({
      locks: faults.locks === 'missing' ? null : locks.of(life, fault, heldLocks),
      openChannel: (name, onMessage) => channels.open(name, life, fault, onMessage),
      openRecord: (name) => disk.open(name, life, fault),
      openMirror: (name) => mirror.open(name, life, fault),
      fetch: network.of(life),
      // Two browsers of different seeds draw different ids.
      randomId: () => `id-${++ids}-${String(seed ?? 0).padStart(22, '0')}`,
      random,
    }),
  }

  function openTab(options: Partial<SessionOptions> = {}): VirtualTab {
    const tab = openVirtualTab(host, { ...defaults, ...options })
    tabs.push(tab)
    return tab
  }

  async function after(change: () => void): Promise<void> {
    change()
    await clock.settle()
  }

  return {
    clock,
    network,
    server,
    faults,
    stored: {
      get record() {
        return disk.record
      },
      set record(value) {
        disk.record = value
      },
      get mirror() {
        return mirror.text
      },
      set mirror(text) {
        mirror.text = text
      },
      cookies,
    },
    openTab,
    openWorker({ transport = defaults.transport, storage } = {}) {
      const kept = storage ?? defaults.storage ?? transport.storage
      return openVirtualWorker(clock, host, { transport, storage: kept })
    },
    signIn: (subject, limits) => server.signIn(network.jar, subject, limits),
    advance: clock.advance,
    sleep: (ms) => after(() => clock.sleep(ms)),
    stepClock: (ms) => after(() => clock.step(ms)),
    settle: clock.settle,
    clearSiteData() {
      disk.wipe()
      mirror.wipe()
      network.jar.clear()
      cookies.length = 0
    },
    say: channels.say,
    holdMessages: channels.hold,
    get used() {
      return { locks: locks.requests, reads: disk.reads, updates: disk.updates }
    },
    written: disk.written,
    posted: channels.posted,
    heldLocks: locks.held,
    get holding() {
      return tabs.reduce((sum, tab) => sum + tab.holding, 0)
    },
  }
}
