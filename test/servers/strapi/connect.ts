import { cookieTransport, type Transport } from '../../../src/index.ts'
import { post, type ForeignServer } from '../server.ts'

const url = '/api/auth'

const transport: Transport = {
  // It refuses with 401, and with 400 if there is no cookie.
  ...cookieTransport(url, { refused: (status) => status === 400 }),
  // A logout wants an access token, which may have expired: a last refresh brings one.
  async revoke({ fetch, signal }) {
    const refreshed = await fetch(`${url}/refresh`, { method: 'POST', signal })
    if (!refreshed.ok) return refreshed.status < 429
    const { jwt } = (await refreshed.json()) as { jwt: string }
    const headers = { authorization: `Bearer ${jwt}` }
    const { ok } = await fetch(`${url}/logout`, { method: 'POST', headers, signal })
    return ok
  },
}

export const strapi: ForeignServer = {
  name: 'Strapi, one rotating cookie',
  folder: 'strapi',
  package: '@strapi/strapi',
  transport,
  signIn: (name) =>
    post(`${url}/local`, { identifier: `${name}@example.com`, password: `${name}-password` }),
  api: '/api/users/me',
  userIn: (answer) => (answer as { username?: string }).username,
  isRefresh: ({ path }) => path === `${url}/refresh`,
  expiredAfterMs: 11 * 60_000,
  costs: {},
}
