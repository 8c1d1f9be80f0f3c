import { createHash } from 'node:crypto'
import type pg from 'pg'
import { createSessions, postgresStore } from '../../../src/server/index.ts'

export const sessionsOn = (pool: pg.Pool) =>
  createSessions<{ device: string }>({
    store: postgresStore(pool),
    accessToken: ({ sid, subject }) => `a JWT of ${subject} in ${sid}`,
    foreign: {
      cookie: 'refresh_token', // where browsers have it; a token in the body is looked up as well
      async resolve(token) {
        const hash = createHash('sha256').update(token).digest('hex')
        const { rows } = await pool.query<{ user_id: string; device: string }>(
          `UPDATE refresh_tokens SET moved_at = coalesce(moved_at, now())
           WHERE hash = $1 AND used_at IS NULL AND expires_at > now() RETURNING user_id, device`,
          [hash],
        )
        const [row] = rows
        return row && { subject: row.user_id, data: { device: row.device } }
      },
    },
  })
