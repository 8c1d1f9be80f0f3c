// A session in Node.js, which has no page: nothing happens around the request path, which itself is the real one.
import { openSession } from '../../../src/open-session.ts'
import { resolveOptions, type SessionOptions } from '../../../src/options.ts'
import type { Ports } from '../../../src/ports.ts'
import type { Session } from '../../../src/session.ts'

/** Opens a session with the real clock, a page without events, and no other tab. */
export function openNodeSession(options: SessionOptions): Session {
  let record: unknown
  const base = 'https://app.test/page'
  const nothing = (): void => undefined
  const ports: Ports = {
    clock: { now: () => Date.now(), uptime: () => performance.now(), schedule: () => nothing },
    locks: { run: (_, work) => work(true), query: () => Promise.resolve({}) },
    openChannel: () => ({ post: nothing, close: nothing }),
    openRecord: () => ({
      read: () => Promise.resolve(record),
      // eslint-disable-next-line @typescript-eslint/require-await -- what `change` throws rejects
      async update(change) {
        record = change(record)
      },
      reopen: nothing,
      close: nothing,
    }),
    openMirror: () => ({ read: () => null, write: () => true, watch: () => nothing }),
    page: {
      origin: 'https://app.test',
      base,
      resolve: (url) => new URL(url, base).href,
      isVisible: () => true,
      watch: () => nothing,
      cookie: () => undefined,
    },
    fetch: () => Promise.reject(new Error('Nothing is sent')),
    randomId: () => crypto.randomUUID(),
    random: () => Math.random(),
    measure: nothing,
    report: (error) => {
      throw error
    },
  }
  return openSession(resolveOptions(options), ports)
}
