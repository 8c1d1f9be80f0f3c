import { text } from 'node:stream/consumers'
import type { Middleware } from 'koa'
import type { Provider } from 'oidc-provider'

export const FORM_PATH = '/sign-in'

/**
 * Where the provider sends a user who has to sign in: a form that accepts any name, and allows the client what it asks
 * for.
 */
export function signInForm(provider: Provider): Middleware {
  return async function signIn(ctx, next) {
    if (!ctx.path.startsWith(`${FORM_PATH}/`)) {
      await next()
      return
    }
    if (ctx.method === 'GET') {
      ctx.type = 'html'
      ctx.body =
        '<!doctype html><html lang="en"><title>Sign in</title>' +
        '<form method="post"><label>Name <input name="login" autofocus></label><button>Sign in</button></form>'
      return
    }
    const accountId = new URLSearchParams(await text(ctx.req)).get('login') ?? ''
    const { params } = await provider.interactionDetails(ctx.req, ctx.res)
    const grant = new provider.Grant({ accountId, clientId: String(params['client_id']) })
    grant.addOIDCScope(String(params['scope']))
    const consent = { grantId: await grant.save() }
    const result = { login: { accountId }, consent }
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result))
  }
}
