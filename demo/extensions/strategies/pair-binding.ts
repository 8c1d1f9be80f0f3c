import type { MiddlewareHandler } from 'hono'
import { createVerify, type Keys, type VerifyConfig } from '../../server/access-tokens.ts'
import type { Config } from '../../config.ts'
import type { Extension } from '../../server/extension.ts'
import { readDelivery } from '../../server/accounts/login-routes.ts'
import { invalid, readBody } from '../../server/http/request-body.ts'

/**
 * Pair binding. A refresh token is accepted only beside the access token that was issued with it. If it is found alone,
 * in a log, a backup or a proxy, it is useless, and using it ends the session. The name of the access token (`jti`, RFC
 * 7519 §4.1.7) is made of the session and the number of the refresh token, so nothing has to be stored. All answers with
 * this refresh token have an access token of that name, repeated answers (S4) included, so it does not matter which of
 * them arrived. The access token may have expired; it usually has.
 */
export function pairBinding(
  config: VerifyConfig & Pick<Config, 'mode'>,
  keys: Pick<Keys, 'find' | 'onWithdrawn'>,
): Extension {
  const verify = createVerify(config, keys)
  return {
    // Before there is an account.
    routes(app) {
      const check: MiddlewareHandler = async (c, next) => {
        mustBePairable(config.mode, readDelivery(await readBody(c)))
        await next()
      }
      app.use('/auth/register', check)
    },

    signIn(signIn) {
      mustBePairable(signIn.data.mode, signIn.delivery)
      return signIn
    },

    async beforeRefresh({ sid, data }, { body, seq }) {
      if (data.mode !== 'pair') return undefined
      const shown = body['access_token']
      const name = typeof shown === 'string' ? await nameOf(shown) : undefined
      return name === nameFor(sid, seq) ? undefined : { end: 'pair_mismatch' }
    },

    accessToken(token, { sid, seq, data }) {
      if (data.mode !== 'pair') return token
      return { ...token, claims: { ...token.claims, jti: nameFor(sid, seq) } }
    },
  }

  /** The `jti` of an access token that this server has signed, expired or not. */
  async function nameOf(token: string): Promise<string | undefined> {
    const outcome = await verify(token)
    return ('refused' in outcome ? outcome.expired : outcome)?.jti
  }
}

function nameFor(sid: string, seq: number): string {
  return `${sid}.${seq}`
}

/**
 * Refuses a session that could never be renewed: a page with its refresh token in a cookie does not keep the access token
 * over a reload.
 */
function mustBePairable(mode: string | undefined, delivery: string): void {
  if (mode === 'pair' && delivery !== 'body')
    throw invalid('delivery must be "body": a refresh needs the access token, too.')
}
