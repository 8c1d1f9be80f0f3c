// oidc-provider at its strictest: each refresh token is good for one use, and a reused one ends its grant.
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import Provider from 'oidc-provider'

const { ORIGIN } = process.env
const HOUR_S = 3600
const FORM_PATH = '/sign-in/'
const PUBLIC = {
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: [`${ORIGIN}/page`],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
}

const provider = new Provider(ORIGIN, {
  clients: [
    { ...PUBLIC, client_id: 'the-page' },
    { ...PUBLIC, client_id: 'the-page-with-a-key', dpop_bound_access_tokens: true },
  ],
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  interactions: { url: (_, { uid }) => FORM_PATH + uid },
  rotateRefreshToken: true,
  features: {
    devInteractions: { enabled: false },
    dPoP: { enabled: true },
    revocation: { enabled: true, allowedPolicy: () => true },
  },
  ttl: { AccessToken: HOUR_S, RefreshToken: 30 * 24 * HOUR_S, Grant: 30 * 24 * HOUR_S },
})

const grants = []

// The sign-in form accepts any name, and allows the page what it asks for. An administrator takes that back.
provider.use(async (ctx, next) => {
  if (ctx.path === '/grants' && ctx.method === 'DELETE') {
    for (const grant of grants.splice(0)) await grant.destroy()
    ctx.status = 204
    return
  }
  if (!ctx.path.startsWith(FORM_PATH)) return next()
  if (ctx.method === 'GET') {
    ctx.type = 'html'
    ctx.body =
      '<!doctype html><form method="post"><input name="login"><button>Sign in</button></form>'
    return
  }
  const accountId = new URLSearchParams(await text(ctx.req)).get('login')
  const { params } = await provider.interactionDetails(ctx.req, ctx.res)
  const grant = new provider.Grant({ accountId, clientId: params.client_id })
  grant.addOIDCScope(params.scope)
  grants.push(grant)
  const result = { login: { accountId }, consent: { grantId: await grant.save() } }
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result))
})

const server = createServer(provider.callback())
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
