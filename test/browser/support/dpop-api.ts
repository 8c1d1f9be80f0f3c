import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { onTestFinished } from 'vitest'
import { createVerifyProof, ProofError } from '../../support/verify-proof.ts'

/** An API that accepts a provider's tokens only with a proof of their key (RFC 9449). */
export interface DpopApi {
  readonly url: string
  /** The thumbprints of the keys whose proofs it has accepted. */
  readonly keys: ReadonlySet<string>
  /** The bodies of its requests and the statuses of its answers, in order. */
  readonly answers: readonly { readonly body: string; readonly status: number }[]
  /** From now on it demands this nonce in proofs. */
  demand(nonce: string): void
}

/** Starts one for the running test, which allows the origin of `pageUrl`. */
export async function startDpopApi(
  issuer: string,
  audience: string,
  pageUrl: string,
): Promise<DpopApi> {
  const verifyProof = createVerifyProof()
  const jwks = createRemoteJWKSet(new URL(`${issuer}/jwks`))
  const keys = new Set<string>()
  const answers: { readonly body: string; readonly status: number }[] = []
  let nonce: string | undefined

  /** The error code for a request that is refused. */
  async function judge(request: Request): Promise<string | undefined> {
    const [scheme, token = ''] = (request.headers.get('authorization') ?? '').split(' ')
    try {
      const key = await verifyProof(request, { accessToken: token, nonce })
      const { payload } = await jwtVerify(token, jwks, { issuer, audience, typ: 'at+jwt' })
      const { jkt } = payload['cnf'] as { readonly jkt: string }
      if (scheme !== 'DPoP' || jkt !== key) return 'invalid_token'
      keys.add(key)
      return undefined
    } catch (error) {
      return error instanceof ProofError ? error.code : 'invalid_token'
    }
  }

  const server = createServer((incoming, response) => {
    const { method = 'GET', url = '/' } = incoming
    response.setHeader('access-control-allow-origin', new URL(pageUrl).origin)
    if (method === 'OPTIONS') {
      response.setHeader('access-control-allow-headers', 'authorization, dpop')
      return void response.writeHead(204).end()
    }
    response.setHeader('access-control-expose-headers', 'dpop-nonce, www-authenticate')
    if (nonce !== undefined) response.setHeader('dpop-nonce', nonce)
    // The headers that are read here are no lists.
    const headers = incoming.headers as Record<string, string>
    const request = new Request(origin + url, { method, headers })
    void Promise.all([judge(request), text(incoming)]).then(([error, body]) => {
      const status = error === undefined ? 200 : 401
      answers.push({ body, status })
      if (error) response.setHeader('www-authenticate', `DPoP error="${error}", algs="ES256"`)
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  onTestFinished(
    () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  )
  return { url: origin, keys, answers, demand: (next) => void (nonce = next) }
}
