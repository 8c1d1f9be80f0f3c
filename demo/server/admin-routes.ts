import { Hono } from 'hono'
import type { AccessTokens } from './access-tokens.ts'
import { isChange, notAdmin, type AccountChanges } from './account-changes.ts'
import { bearerGuard, type BearerEnv } from './bearer-guard.ts'
import type { Log } from './log.ts'
import { Refusal } from './refusal.ts'

interface AdminDependencies {
  readonly accountChanges: AccountChanges
  readonly accessTokens: Pick<AccessTokens, 'verify'>
  readonly log: Log
}

/**
 * `GET /admin/accounts` and `POST /admin/accounts/:id/:change`, for administrators. The role in the access token turns
 * other users away without a query. The database decides for the rest, since it knows whose role was taken away.
 */
export function adminRoutes({
  accountChanges,
  accessTokens,
  log,
}: AdminDependencies): Hono<BearerEnv> {
  const routes = new Hono<BearerEnv>()
  routes.use('/admin/*', bearerGuard(accessTokens), async (c, next) => {
    if (c.var.claims.role !== 'admin') throw notAdmin()
    await next()
  })

  routes.get('/admin/accounts', async (c) => {
    const search = (c.req.query('search') ?? '').slice(0, 64).replaceAll('\0', '')
    return c.json({ accounts: await accountChanges.list(c.var.claims.sub, search) })
  })

  routes.post('/admin/accounts/:id/:change', async (c) => {
    const { id, change } = c.req.param()
    // PostgreSQL stores no NUL, so no account has such an id.
    if (!isChange(change) || id.includes('\0'))
      throw new Refusal(404, 'not_found', 'There is no such account or change.')
    const { sub: by } = c.var.claims
    const password = await accountChanges.make(by, id, change)
    log({ event: 'account_changed', change, account: id, by })
    return password === undefined ? c.body(null, 204) : c.json({ password })
  })

  return routes
}
