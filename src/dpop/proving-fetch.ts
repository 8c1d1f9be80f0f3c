import { SessionError } from '../errors.ts'
import { urlOfRequest } from '../fetch/url-of-request.ts'
import { readJson } from '../read-json.ts'
import type { Prover } from './prover.ts'

/** Errors about the proof, not about the request itself (RFC 9449 §5, §8). */
const ABOUT_THE_PROOF = ['use_dpop_nonce', 'invalid_dpop_proof']

/**
 * Wraps `send` to add a proof to each request, except GET: that is for metadata, and most servers would not allow the
 * header by CORS. A request that is refused because it lacks a nonce is sent once more with it (RFC 9449 §8). Rejects with
 * `refresh_unavailable` if the server still refuses the proof: a wrong clock says nothing about the session.
 */
export function provingFetch(
  send: typeof fetch,
  keyPair: () => Promise<CryptoKeyPair>,
  prover: Prover,
): typeof fetch {
  return async (input, init) => {
    const requested = urlOfRequest(input)
    const request = requested === undefined ? undefined : (input as Request)
    const url = requested ?? (input as URL).toString()
    const method = init?.method ?? request?.method ?? 'GET'
    if (/^get$/i.test(method)) return await send(input, init)
    // The body of a Request can be sent once.
    const copy = request?.clone() ?? input

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
    const second = await proven(copy)
    const again = await refusalOf(second)
    prover.hear(second)
    if (again) throw refused(again)
    return second
  }
}

async function refusalOf(response: Response): Promise<string | undefined> {
  if (response.status !== 400 && response.status !== 401) return undefined
  const answer = await readJson(response.clone()).catch(() => undefined)
  const { error } = (answer ?? {}) as { readonly error?: unknown }
  return ABOUT_THE_PROOF.find((known) => known === error)
}

function refused(why: string): SessionError {
  return new SessionError('refresh_unavailable', `The auth server refused the DPoP proof: ${why}`)
}
