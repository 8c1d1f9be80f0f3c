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
const NONCE_WANTED = 'DPoP error="use_dpop_nonce"'

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
      const given = headers.get(NONCE)
      nonce = given ?? nonce
      const isNonceWanted = status === 401 && headers.get('www-authenticate') === NONCE_WANTED
      return isNonceWanted && given !== null ? 'repeat' : null
    },
  }
}

/** A strict server that gives tokens of that type, and takes those that are good only with its newest nonce in the proof. */
export function provingServer(accessTtlMs: number): ServerProgram {
  return (clock) => {
    const server = strictServer({ accessTtlMs })(clock)

    function api(request: SentRequest): ServerAnswer {
      const nonce = String(Math.floor(clock.trueTime() / NONCE_MS))
      const headers = new Headers(request.headers)
      const [scheme, token = ''] = (headers.get('authorization') ?? '').split(' ')
      headers.set('authorization', `Bearer ${scheme === 'DPoP' ? token : ''}`)
      const answer = server.handle({ ...request, headers })
      const isProven = headers.get('dpop') === nonce
      return answer.status === 401 || isProven
        ? { ...answer, headers: { [NONCE]: nonce } }
        : { status: 401, headers: { [NONCE]: nonce, 'www-authenticate': NONCE_WANTED } }
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
