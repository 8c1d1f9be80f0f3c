import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify, type JWTPayload } from 'jose'

/** What a server checks of a proof, besides what the proof says itself. */
export interface ProofWanted {
  /** The token that is sent with it. */
  readonly accessToken?: string | undefined
  /** The nonce that the server requires. */
  readonly nonce?: string | undefined
}

/** A proof that is not valid, with the error code that RFC 9449 gives it. */
export class ProofError extends Error {
  readonly code: 'invalid_dpop_proof' | 'use_dpop_nonce'
  constructor(code: ProofError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Checks the proof of a request; resolves to the thumbprint of the key (`jkt`). Throws a {@link ProofError}. */
export type VerifyProof = (request: Request, wanted?: ProofWanted) => Promise<string>

/** The checks of RFC 9449 §4.3, with a memory for proofs that are sent twice. */
export function createVerifyProof(): VerifyProof {
  const seen = new Set<string>()

  return async function verifyProof(request, { accessToken, nonce } = {}) {
    const proof = request.headers.get('dpop') ?? ''
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256'],
      maxTokenAge: 60,
      requiredClaims: ['jti', 'htm', 'htu', 'iat'],
    }).catch((cause: unknown) => {
      throw new ProofError('invalid_dpop_proof', 'It is not signed by its own key', { cause })
    })
    const { jti = '' } = payload
    const { origin, pathname } = new URL(request.url)
    must(!seen.has(jti), 'It has been here before')
    seen.add(jti)
    must(payload['htm'] === request.method, 'It is for another method')
    must(payload['htu'] === origin + pathname, 'It is for another URL')
    must(payload['ath'] === hashOf(accessToken), 'It is for another token')
    if (nonce !== undefined && payload['nonce'] !== nonce)
      throw new ProofError('use_dpop_nonce', 'It has another nonce, or none')
    return await calculateJwkThumbprint(protectedHeader.jwk ?? {})
  }
}

/** What the proof of a request says, without any check. */
export function claimsOfProof(headers: Headers): JWTPayload {
  const [, claims = ''] = (headers.get('dpop') ?? '').split('.')
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as JWTPayload
}

function hashOf(token: string | undefined): string | undefined {
  return token && createHash('sha256').update(token).digest('base64url')
}

function must(condition: boolean, message: string): void {
  if (!condition) throw new ProofError('invalid_dpop_proof', message)
}
