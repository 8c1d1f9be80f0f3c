import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import type { Verify } from './access-tokens.ts'
import { bearerGuard, type BearerEnv } from './http/bearer-guard.ts'
import type { Database } from '../database/database.ts'
import { Refusal } from './http/refusal.ts'
import { readBody, requiredText } from './http/request-body.ts'

interface Note {
  readonly id: string
  readonly text: string
  readonly created_at: Date
}

interface ApiDependencies {
  readonly verify: Verify
  readonly database: Database
}

/** An example API. It trusts the access token, and knows nothing else about sessions. */
export function apiRoutes({ verify, database }: ApiDependencies): Hono<BearerEnv> {
  const routes = new Hono<BearerEnv>()
  routes.use(bearerGuard(verify))

  routes.get('/me', (c) => {
    const { sub, username, sid, exp } = c.var.claims
    return c.json({ sub, username, sid, exp })
  })

  routes.get('/notes', async (c) => {
    const notes = await database.query<Note>(
      'SELECT id, text, created_at FROM notes WHERE account_id = $1 ORDER BY created_at',
      [c.var.claims.sub],
    )
    return c.json({ notes })
  })

  routes.post('/notes', async (c) => {
    const text = requiredText(await readBody(c), 'text', 1, 2_000)
    const [note] = await database.query<Note>(
      'INSERT INTO notes (id, account_id, text) VALUES ($1, $2, $3) RETURNING id, text, created_at',
      [randomUUID(), c.var.claims.sub, text],
    )
    return c.json(note, 201)
  })

  routes.delete('/notes', async (c) => {
    await database.query('DELETE FROM notes WHERE account_id = $1', [c.var.claims.sub])
    return c.body(null, 204)
  })

  routes.delete('/notes/:id', async (c) => {
    const id = c.req.param('id')
    // PostgreSQL stores no NUL, so there is no such note.
    const deleted = id.includes('\0')
      ? []
      : await database.query('DELETE FROM notes WHERE id = $1 AND account_id = $2 RETURNING id', [
          id,
          c.var.claims.sub,
        ])
    if (deleted.length === 0) throw new Refusal(404, 'not_found', 'There is no such note.')
    return c.body(null, 204)
  })

  return routes
}
