import { SessionError } from '../errors.ts'
import type { Prover } from './prover.ts'

/** What a server says of a proof, rather than of what was asked for with it (RFC 9449 §5, §8). */
const ABOUT_THE_PROOF = ['use_dpop_nonce', 'invalid_dpop_proof']

/**
 * `send`, with a proof in each request that may be for tokens: metadata is asked for by GET, and without, for a header of
 * its own would be stopped by CORS at most servers. One that is refused for want of a nonce is sent once more with that, the same in
 * all else (RFC 9449 §8). Rejects with `refresh_unavailable` if the proof is still what is refused: a clock that is wrong
 * says nothing about the session.
 */
export function provingFetch(
  send: typeof fetch,
  keyPair: () => Promise<CryptoKeyPair>,
  prover: Prover,
): typeof fetch {
  return async (input, init) => {
    const request = input instanceof Request ? input : undefined
    const url = input instanceof Request ? input.url : input.toString()
    const method = init?.method ?? request?.method ?? 'GET'
    if (/^get$/i.test(method)) return await send(input, init)
    // The body of a Request can be read once.
    const spare = request?.clone() ?? input

    async function proven(target: RequestInfo | URL): Promise<Response> {
      const headers = new Headers(init?.headers ?? request?.headers)
      headers.set('dpop', await prover.prove(await keyPair(), method, url))
      return await send(target, { ...init, headers })
    }

    const first = await proven(input)
    const refusal = await refusalOf(first)
    const isNonceNew = prover.hear(first)
    if (!refusal) return first
    if (refusal !== 'use_dpop_nonce' || !isNonceNew) throw refused(refusal)
    const second = await proven(spare)
    const again = await refusalOf(second)
    prover.hear(second)
    if (again) throw refused(again)
    return second
  }
}

async function refusalOf(response: Response): Promise<string | undefined> {
  if (response.status !== 400 && response.status !== 401) return undefined
  const answer: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  const { error } = (answer ?? {}) as { readonly error?: unknown }
  return ABOUT_THE_PROOF.find((known) => known === error)
}

function refused(why: string): SessionError {
  return new SessionError('refresh_unavailable', `The auth server refused the DPoP proof: ${why}`)
}
