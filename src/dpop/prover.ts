import { generateProof } from 'dpop'
import { page } from '../platform/page.ts'

// Those that fetch writes in capitals, however its caller did (Fetch §4.6).
const NORMALIZED = /^(?:delete|get|head|options|post|put)$/i

/** Makes proofs of possession (RFC 9449 §4.2), each for one request, with the last nonce that its server has given. */
export interface Prover {
  /** The proof for one request to an absolute `url`; bound to `accessToken`, if it goes along (`ath`). */
  prove(pair: CryptoKeyPair, method: string, url: string, accessToken?: string): Promise<string>
  /** Remembers the nonce that the answer of a server brings (RFC 9449 §8.2), and tells whether it brings one. */
  hear(response: Response): boolean
}

/** Creates the prover of one tab. It knows a nonce per origin: auth server and APIs each have their own (RFC 9449 §9). */
export function createProver(): Prover {
  const nonces = new Map<string, string>()

  return {
    prove(pair, method, url, accessToken) {
      const { origin, pathname } = new URL(page.resolve(url))
      const htm = NORMALIZED.test(method) ? method.toUpperCase() : method
      return generateProof(pair, origin + pathname, htm, nonces.get(origin), accessToken)
    },
    hear({ url, headers }) {
      const nonce = headers.get('dpop-nonce')
      // An answer that a page or its service worker has made up comes from nowhere.
      if (!nonce || !url) return false
      nonces.set(new URL(url).origin, nonce)
      return true
    },
  }
}
