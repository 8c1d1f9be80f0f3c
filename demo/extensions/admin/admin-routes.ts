import { Hono, type MiddlewareHandler } from 'hono'
import type { Database } from '../../database/database.ts'
import { bearerGuard, type BearerEnv } from '../../server/http/bearer-guard.ts'
import { csrfGuard } from '../../server/http/csrf-guard.ts'
import type { Extension } from '../../server/extension.ts'
import type { Log } from '../../server/log.ts'
import { Refusal } from '../../server/http/refusal.ts'
import { createAccountChanges, isChange, notAdmin } from './account-changes.ts'

interface AdminDependencies {
  readonly database: Database
  readonly allowedOrigins: readonly string[]
  /** For routes that hash a password. */
  readonly gate: MiddlewareHandler
  readonly log: Log
}

/**
 * `GET /api/admin/accounts` and `POST /api/admin/accounts/:id/:change`, for administrators. The role in the access token
 * turns other users away without a query. The database decides for the rest, since it knows whose role was taken away.
 */
export function admin({ database, allowedOrigins, gate, log }: AdminDependencies): Extension {
  return {
    routes(app, { accounts, sessions, verify }) {
      const accountChanges = createAccountChanges(database, accounts, sessions)
      const routes = new Hono<BearerEnv>()
      routes.use(csrfGuard(allowedOrigins))
      routes.use('/accounts/:id/reset-password', gate)
      routes.use(bearerGuard(verify), async (c, next) => {
        if (c.var.claims.role !== 'admin') throw notAdmin()
        await next()
      })

      routes.get('/accounts', async (c) => {
        const search = (c.req.query('search') ?? '').slice(0, 64).replaceAll('\0', '')
        return c.json({ accounts: await accountChanges.list(c.var.claims.sub, search) })
      })

      routes.post('/accounts/:id/:change', async (c) => {
        const { id, change } = c.req.param()
        // PostgreSQL stores no NUL, so no account has such an id.
        if (!isChange(change) || id.includes('\0'))
          throw new Refusal(404, 'not_found', 'There is no such account or change.')
        const { sub: by } = c.var.claims
        const password = await accountChanges.make(by, id, change)
        log({ event: 'account_changed', change, account: id, by })
        return password === undefined ? c.body(null, 204) : c.json({ password })
      })

      app.route('/api/admin', routes)
    },
  }
}
