import { SessionError } from '../errors.ts'
import { challengeFor } from '../fetch/challenge.ts'
import { urlOfRequest } from '../fetch/url-of-request.ts'
import { readJson } from '../read-json.ts'
import type { Prover } from './prover.ts'

/** Errors about the proof, not about the request itself (RFC 9449 §5, §8). */
const ABOUT_THE_PROOF = ['use_dpop_nonce', 'invalid_dpop_proof']

/** Which requests carry a proof. */
export interface ProvingOptions {
  /** The bound token, for transports that authorize their own requests with it: those carry a proof for this token. */
  readonly token: string | undefined
  /** Whether requests without it carry a proof as well, as the token endpoint wants it (§5). */
  readonly provesAll: boolean
}

/**
 * Wraps `send` to add a proof to each request, except a GET without the token: that is for metadata, and most servers would
 * not allow the header by CORS. A request that is refused because it lacks a nonce is sent once more with it (RFC 9449 §8).
 * Rejects with `refresh_unavailable` if the server still refuses the proof: a wrong clock says nothing about the session.
 */
export function provingFetch(
  send: typeof fetch,
  keyPair: () => Promise<CryptoKeyPair>,
  prover: Prover,
  { token, provesAll }: ProvingOptions,
): typeof fetch {
  return async (input, init) => {
    const requested = urlOfRequest(input)
    const request = requested === undefined ? undefined : (input as Request)
    const url = requested ?? (input as URL).toString()
    const method = init?.method ?? request?.method ?? 'GET'
    const given = new Headers(init?.headers ?? request?.headers)
    const isAuthorized = token !== undefined && given.get('authorization') === `Bearer ${token}`
    if (!isAuthorized && (!provesAll || /^get$/i.test(method))) return await send(input, init)
    // The body of a Request can be sent once.
    const copy = request?.clone() ?? input

    async function proven(target: RequestInfo | URL): Promise<Response> {
      const headers = new Headers(given)
      if (isAuthorized) headers.set('authorization', `DPoP ${token}`)
      const proof = prover.prove(await keyPair(), method, url, isAuthorized ? token : undefined)
      headers.set('dpop', await proof)
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
  // An API says it in its challenge (RFC 9449 §7.1).
  const challenged = challengeFor(/^dpop$/i, response).get('error')
  return ABOUT_THE_PROOF.find((known) => known === error || known === challenged)
}

function refused(why: string): SessionError {
  return new SessionError('refresh_unavailable', `The auth server refused the DPoP proof: ${why}`)
}
