import { clock } from '../platform/clock.ts'
import type { Ports, RecordStore } from '../ports.ts'

/** A browser with a single tab, in memory, with the real time and `fetch` of its process. */
export interface LoneTab {
  readonly ports: Ports
  /** Replaces the value in IndexedDB and in the mirror, as another tab would. */
  write(change: (current: unknown) => unknown): unknown
  /** Posts a message as another tab would. */
  hear(message: unknown): void
}

/** Opens the tab. Nothing in it waits for a timer, so fake timers cannot hold it up. */
export function openLoneTab(): LoneTab {
  const listeners = new Set<(message: unknown) => void>()
  let stored: unknown
  let mirrored: unknown = null
  let ids = 0

  const record: RecordStore = {
    read: () => Promise.resolve(structuredClone(stored)),
    update: (change) =>
      new Promise((resolve) => {
        stored = structuredClone(change(structuredClone(stored)))
        resolve()
      }),
    reopen: () => undefined,
    close: () => undefined,
  }

  const ports: Ports = {
    clock,
    locks: {
      // No other tab can hold a lock.
      run: (_, work) => work(true),
      query: () => Promise.resolve({}),
    },
    openChannel(_, onMessage) {
      listeners.add(onMessage)
      return { post: () => undefined, close: () => void listeners.delete(onMessage) }
    },
    openRecord: () => record,
    openMirror: () => ({
      read: () => mirrored,
      write(value) {
        mirrored = structuredClone(value)
        return true
      },
      watch: () => () => undefined,
    }),
    page: {
      isVisible: () => true,
      watch: () => () => undefined,
      get origin() {
        return new URL(pageUrl()).origin
      },
      get base() {
        return pageUrl()
      },
      resolve: (url) => new URL(url, pageUrl()).href,
      cookie: () => undefined,
    },
    // Node.js has no page to resolve a URL against.
    fetch: (input, init) =>
      fetch(typeof input === 'string' ? new URL(input, pageUrl()) : input, init),
    randomId: () => `test-${++ids}-${'0'.repeat(22)}`,
    random: () => 0.5,
    measure: () => undefined,
    // Every test runner reports an unhandled rejection as a failure.
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    report: (error) => void Promise.reject(error),
  }

  return {
    ports,
    write(change) {
      stored = mirrored = structuredClone(change(structuredClone(stored)))
      return stored
    },
    hear(message) {
      for (const listener of [...listeners]) listener(message)
    },
  }
}

/** The URL that requests are relative to: that of the page, in jsdom and similar environments, or else localhost. */
function pageUrl(): string {
  const { location } = globalThis as { readonly location?: Location }
  return location?.href.startsWith('http') ? location.href : 'http://localhost/'
}
