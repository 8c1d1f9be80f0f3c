import { generateProof } from 'dpop'
import { endpointResolver } from '../fetch/endpoint-url.ts'
import { surroundings } from '../platform/surroundings.ts'

// fetch converts these methods to capitals (Fetch §4.6).
const NORMALIZED = /^(?:delete|get|head|options|post|put)$/i

/** Makes proofs of possession (RFC 9449 §4.2), each for one request, with the last nonce of its server. */
export interface Prover {
  /** Makes the proof for one request to `url`, bound to `accessToken` (`ath`) if that is sent along. */
  prove(pair: CryptoKeyPair, method: string, url: string, accessToken?: string): Promise<string>
  /** Stores the nonce of an answer (RFC 9449 §8.2), and tells whether there was one. */
  hear(response: Response): boolean
}

/** Creates the prover of one tab. It keeps a nonce per origin, since auth server and APIs have their own (RFC 9449 §9). */
export function createProver(): Prover {
  const nonces = new Map<string, string>()

  return {
    prove(pair, method, url, accessToken) {
      const { origin, pathname } = new URL(endpointResolver(surroundings())(url))
      const htm = NORMALIZED.test(method) ? method.toUpperCase() : method
      return generateProof(pair, origin + pathname, htm, nonces.get(origin), accessToken)
    },
    hear({ url, headers }) {
      const nonce = headers.get('dpop-nonce')
      // A Response that a page or a service worker has constructed has no URL.
      if (!nonce || !url) return false
      nonces.set(new URL(url).origin, nonce)
      return true
    },
  }
}
