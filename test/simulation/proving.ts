import { cookieTransport } from '../../src/index.ts'
import {
  strictServer,
  type SentRequest,
  type ServerAnswer,
  type ServerProgram,
} from '../../src/testing/index.ts'
import type { Transport } from '../../src/transport.ts'

// A nonce is good for so long.
const NONCE_MS = 300_000
const NONCE = 'dpop-nonce'

/**
 * What `dpop()` makes of a cookie transport, as far as a session sees it: headers that take a moment, a proof for each
 * request, the nonce of the server in it, and tokens of a type of their own. Without the cryptography, which needs a thread.
 */
export function provingTransport(): Transport {
  let nonce = ''
  return {
    ...cookieTransport('/auth'),
    async authorize(_, { accessToken, tokenType }) {
      await Promise.resolve()
      return { authorization: `${tokenType ?? 'Bearer'} ${accessToken ?? ''}`, dpop: nonce }
    },
    inspect({ status, headers }) {
      const before = nonce
      nonce = headers.get(NONCE) ?? nonce
      return status === 401 && nonce !== before ? 'repeat' : null
    },
  }
}

/** A strict server that gives tokens of that type, and takes them only with its newest nonce in the proof. */
export function provingServer(accessTtlMs: number): ServerProgram {
  return (clock) => {
    const server = strictServer({ accessTtlMs })(clock)

    function api(request: SentRequest): ServerAnswer {
      const nonce = String(Math.floor(clock.trueTime() / NONCE_MS))
      const headers = new Headers(request.headers)
      const [scheme, token = ''] = (headers.get('authorization') ?? '').split(' ')
      const isProven = scheme === 'DPoP' && headers.get('dpop') === nonce
      headers.set('authorization', `Bearer ${isProven ? token : ''}`)
      return { ...server.handle({ ...request, headers }), headers: { [NONCE]: nonce } }
    }

    return {
      ...server,
      handle(request) {
        if (!request.path.startsWith('/auth')) return api(request)
        const answer = server.handle(request)
        const { status, body } = answer
        return status === 200
          ? { ...answer, body: { ...(body as object), token_type: 'DPoP' } }
          : answer
      },
    }
  }
}
