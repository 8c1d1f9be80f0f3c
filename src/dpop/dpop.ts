import { challengeFor } from '../fetch/challenge.ts'
import { misuse } from '../misuse.ts'
import { surroundings } from '../platform/surroundings.ts'
import { bearer, type Tokens } from '../tokens.ts'
import type { HeaderList, RequestLine, RevokeContext, Transport } from '../transport.ts'
import { openKeyPair } from './key-pair.ts'
import { createProver } from './prover.ts'
import { provingFetch } from './proving-fetch.ts'

/** A transport whose tokens cannot be used without its key. */
export interface DpopTransport extends Transport {
  /**
   * The key pair of this transport, the same in all tabs, for your own sign-in: `DPoP(client, await
   * transport.keyPair())` in oauth4webapi. The private key cannot be exported. Rejects with `key_unavailable` without
   * `crypto.subtle` (plain http), without IndexedDB, and if IndexedDB does not answer within 2 s.
   */
  keyPair(): Promise<CryptoKeyPair>
}

/**
 * Binds the tokens of `transport` to a key that never leaves this browser (RFC 9449): a stolen token is useless without
 * the key. Each refresh and each request with the token carries a proof of possession, with a nonce if the server requires
 * one. Tokens with `token_type: Bearer` are sent as such. Throws a `TypeError` on misuse.
 */
export function dpop(transport: Transport): DpopTransport {
  if (typeof (transport as Partial<Transport> | undefined)?.refresh !== 'function')
    throw misuse(
      'transport',
      'a transport, such as oauthTransport({ issuer, clientId })',
      transport,
    )

  const keyPair = openKeyPair(() => `latchkey-dpop:${surroundings().resolve(transport.id)}`)
  const prover = createProver()
  let used: { readonly token: string; readonly pair: Promise<CryptoKeyPair> } | undefined

  /** The key pair, looked up once per token: after storage was cleared, the next sign-in may use a key that another tab made. */
  function pairOf(token: string): Promise<CryptoKeyPair> {
    if (used?.token !== token) {
      const pair = keyPair()
      used = { token, pair }
      pair.catch(() => (used = undefined))
    }
    return used.pair
  }

  async function bound(
    { method, href }: RequestLine,
    token: string,
    others: HeaderList | Promise<HeaderList>,
  ): Promise<HeaderList> {
    const proof = await prover.prove(await pairOf(token), method, href, token)
    return { ...(await others), authorization: `DPoP ${token}`, dpop: proof }
  }

  /** The context with a fetch that proves, also for transports that renew a token by sending it. */
  function proving<C extends Pick<RevokeContext, 'fetch' | 'tokens'>>(
    context: C,
    provesAll: boolean,
  ): C {
    const token = boundToken(context.tokens)
    return { ...context, fetch: provingFetch(context.fetch, keyPair, prover, { token, provesAll }) }
  }

  return {
    ...transport,
    refresh: (context) => transport.refresh(proving(context, true)),
    revoke: (context) => transport.revoke(proving(context, false)),
    authorize(request, tokens) {
      const headers = transport.authorize?.(request, tokens) ?? bearer(tokens)
      const token = boundToken(tokens)
      return token === undefined ? headers : bound(request, token, headers)
    },
    inspect(response) {
      const isNonceNew = prover.hear(response)
      const isNonceWanted =
        response.status === 401 &&
        challengeFor(/^dpop$/i, response).get('error') === 'use_dpop_nonce'
      if (isNonceWanted && isNonceNew) return 'repeat'
      return transport.inspect?.(response) ?? null
    },
    keyPair,
  }
}

/** The access token, unless it is sent without a proof: in a cookie, or as `Bearer`. */
function boundToken(tokens: Tokens | null): string | undefined {
  const isBearer = /^bearer$/i.test(tokens?.tokenType ?? '')
  return isBearer ? undefined : (tokens?.accessToken ?? undefined)
}
