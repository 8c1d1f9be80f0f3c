import type { Ports } from '../ports.ts'
import { openBroadcastChannel } from './channel.ts'
import { clock } from './clock.ts'
import { browserLocks } from './locks.ts'

/** The ports that a page and a worker have alike. */
export function commonPorts(): Omit<Ports, 'openRecord' | 'openMirror' | 'page' | 'measure'> {
  return {
    clock,
    locks: browserLocks(),
    openChannel: openBroadcastChannel,
    // Not by its bare name: terser has inlined this where a local variable had that name.
    fetch: (...args) => globalThis.fetch(...args),
    randomId,
    random: () => Math.random(),
    report,
  }
}

/** 128 random bits in hexadecimal digits. `crypto.randomUUID` is missing outside secure contexts. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function report(error: unknown): void {
  if (typeof reportError === 'function') reportError(error)
  else
    setTimeout(() => {
      throw error
    })
}
