import { generateKeyPair } from 'dpop'
import { singleFlight } from '../core/time/single-flight.ts'
import { within, withinAwake } from '../core/time/sleep.ts'
import { SessionError } from '../errors.ts'
import { clock } from '../platform/clock.ts'
import { openIndexedDb } from '../platform/record-store.ts'
import type { RecordStore } from '../ports.ts'

// A database that hangs is waited for this long, and no longer.
const PATIENCE_MS = 2_000

/**
 * Opens the key pair called `name()`, the same for all tabs: ES256, its private half not exportable, made by whoever asks
 * first. It rests beside the session's record, so that whatever clears the one clears the other. What comes back looks
 * at IndexedDB with each call, for 2 s at most; where that fails it resolves to the pair that was last found. Without one
 * it waits once more if the page stood still meanwhile, and rejects with `key_unavailable`. Nothing is touched before the
 * first call.
 */
export function openKeyPair(name: () => string): () => Promise<CryptoKeyPair> {
  let store: RecordStore | undefined
  let last: CryptoKeyPair | undefined

  async function find(): Promise<CryptoKeyPair> {
    store ??= openIndexedDb(name())
    const found = await store.read()
    if (isKeyPair(found)) return found
    // What this tab has used stays in use, if storage was cleared under it.
    const own = last ?? (await generateKeyPair('ES256'))
    let kept = own
    await store.update((current) => (kept = isKeyPair(current) ? current : own))
    return kept
  }

  return singleFlight(async () => {
    try {
      const wait = last ? within : withinAwake
      const found = await wait(clock, PATIENCE_MS, find(), undefined)
      if (!found) {
        store?.reopen()
        throw new Error('IndexedDB does not answer')
      }
      return (last = found)
    } catch (cause) {
      if (last) return last
      throw new SessionError('key_unavailable', 'There is no place to keep a key for DPoP', {
        cause,
      })
    }
  })
}

function isKeyPair(value: unknown): value is CryptoKeyPair {
  const { privateKey, publicKey } = (value ?? {}) as Partial<CryptoKeyPair>
  return privateKey instanceof CryptoKey && publicKey instanceof CryptoKey
}
