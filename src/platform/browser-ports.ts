import type { Ports } from '../ports.ts'
import { openBroadcastChannel } from './channel.ts'
import { clock } from './clock.ts'
import { browserLocks } from './locks.ts'
import { openLocalStorage } from './mirror.ts'
import { hasPage, page } from './page.ts'
import { openIndexedDb } from './record-store.ts'

/** The browser as the session sees it; `null` if there is no page: on a server, in a worker, in React Native. */
export function browserPorts(): Ports | null {
  if (!hasPage()) return null
  return {
    clock,
    locks: browserLocks(),
    openChannel: openBroadcastChannel,
    openRecord: openIndexedDb,
    openMirror: openLocalStorage,
    page,
    fetch: (...args) => fetch(...args),
    randomId,
    random: () => Math.random(),
    canSeal: canSeal(),
    measure(name, start, detail) {
      try {
        performance.measure(name, { start, detail })
      } catch {
        // Some environments with a document do not have it.
      }
    },
    report,
  }
}

/** 128 random bits in base64url. `crypto.randomUUID` is missing outside secure contexts. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return btoa(String.fromCharCode(...bytes)).replace(
    /[+/=]/g,
    (c) => ({ '+': '-', '/': '_' })[c] ?? '',
  )
}

function canSeal(): boolean {
  try {
    return Boolean(crypto.subtle)
  } catch {
    return false
  }
}

function report(error: unknown): void {
  if (typeof reportError === 'function') reportError(error)
  else
    setTimeout(() => {
      throw error
    })
}
