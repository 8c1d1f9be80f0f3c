import type { Ports } from '../ports.ts'
import { openBroadcastChannel } from './channel.ts'
import { clock } from './clock.ts'
import { browserLocks } from './locks.ts'
import { openLocalStorage } from './mirror.ts'
import { page } from './page.ts'
import { openIndexedDb } from './record-store.ts'

/** The browser as the session sees it; `null` where there is no page (SSR). */
export function browserPorts(): Ports | null {
  if (typeof document === 'undefined') return null
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
    canSeal: Boolean(crypto.subtle),
    // Not everything that calls itself a browser has it.
    measure: (name, start, detail) =>
      void (performance as Partial<Performance>).measure?.(name, { start, detail }),
    report,
  }
}

/** `randomUUID` is missing outside secure contexts; this is not. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return btoa(String.fromCharCode(...bytes)).replace(
    /[+/=]/g,
    (c) => ({ '+': '-', '/': '_' })[c] ?? '',
  )
}

function report(error: unknown): void {
  if (typeof reportError === 'function') reportError(error)
  else
    setTimeout(() => {
      throw error
    })
}
