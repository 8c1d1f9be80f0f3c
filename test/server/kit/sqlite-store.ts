/* eslint-disable @typescript-eslint/require-await -- the example of docs/server.md is as short as it can be */
import type { DatabaseSync } from 'node:sqlite'
import type { SessionDocument, SessionStore } from '../../../src/server/index.ts'

export const SCHEMA = `CREATE TABLE IF NOT EXISTS sessions (
  sid TEXT PRIMARY KEY, subject TEXT NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL,
  ended_at INTEGER, keep_until INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS sessions_by_subject ON sessions (subject);
CREATE INDEX IF NOT EXISTS sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;`

export function sqliteStore(database: DatabaseSync, now: () => number = Date.now): SessionStore {
  database.exec(SCHEMA)
  const insert = database.prepare(
    'INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const update = database.prepare(
    'UPDATE sessions SET version = ?, document = ?, ended_at = ?, keep_until = ? WHERE sid = ? AND version = ?',
  )
  const find = (where: string, value: string | number) =>
    database
      .prepare(`SELECT document FROM sessions WHERE ${where}`)
      .all(value)
      .map(({ document }) => JSON.parse(String(document)) as SessionDocument)

  return {
    now,
    async read(sid) {
      const [document] = find('sid = ?', sid)
      return document && { document, readAt: now() }
    },
    async write(document, keepUntil) {
      const { sid, subject, version, end } = document
      const [text, endedAt, until] = [
        JSON.stringify(document),
        end?.at ?? null,
        Math.ceil(keepUntil),
      ]
      const { changes } =
        version === 1
          ? insert.run(sid, subject, version, text, endedAt, until)
          : update.run(version, text, endedAt, until, sid, version - 1)
      return changes === 1
    },
    list: async (subject) => find('subject = ?', subject),
    endedSince: async (since) => find('ended_at >= ?', since),
  }
}
