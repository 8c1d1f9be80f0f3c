import { generateKeyPair } from 'dpop'
import { singleFlight } from '../core/time/single-flight.ts'
import { within, withinAwake } from '../core/time/sleep.ts'
import { SessionError } from '../errors.ts'
import { clock } from '../platform/clock.ts'
import { openIndexedDb } from '../platform/record-store.ts'
import { surroundings } from '../platform/surroundings.ts'
import type { RecordStore } from '../ports.ts'

// How long to wait for a database that does not answer.
const PATIENCE_MS = 2_000

/**
 * Returns a function that reads the key pair `name()`, which is the same in all tabs: ES256, with a private key that cannot
 * be exported. The first tab creates it. It is stored in the database of the session's record, so both are cleared
 * together. Each call reads IndexedDB, for 2 s at most. If that fails, it resolves to the pair that was last read; without
 * one, a visible page waits once more if it was suspended meanwhile, and then it rejects with `key_unavailable`. Nothing is
 * opened before the first call.
 */
export function openKeyPair(name: () => string): () => Promise<CryptoKeyPair> {
  let store: RecordStore | undefined
  let last: CryptoKeyPair | undefined

  async function find(): Promise<CryptoKeyPair> {
    store ??= openIndexedDb(name(), surroundings())
    const found = await store.read()
    if (isKeyPair(found)) return found
    // If storage was cleared meanwhile, the pair of this tab stays in use.
    const own = last ?? (await generateKeyPair('ES256'))
    let kept = own
    await store.update((current) => (kept = isKeyPair(current) ? current : own))
    return kept
  }

  return singleFlight(async () => {
    try {
      // The timers of a hidden page may be a minute late, and say nothing about the database.
      const wait = last || !surroundings().isVisible() ? within : withinAwake
      const found = await wait(clock, PATIENCE_MS, find, undefined)
      if (!found) {
        store?.reopen()
        throw new Error('IndexedDB does not answer')
      }
      return (last = found)
    } catch (cause) {
      if (last) return last
      throw new SessionError('key_unavailable', 'A key for DPoP cannot be stored', {
        cause,
      })
    }
  })
}

function isKeyPair(value: unknown): value is CryptoKeyPair {
  const { privateKey, publicKey } = (value ?? {}) as Partial<CryptoKeyPair>
  return isKey(privateKey) && isKey(publicKey)
}

/** By its tag, which nothing else can bring out of a database: structured clones have no symbols. */
function isKey(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object CryptoKey]'
}
