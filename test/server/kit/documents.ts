import { randomBytes, randomUUID } from 'node:crypto'
import {
  createSessions,
  memoryStore,
  type SessionDocument,
  type SessionStore,
} from '../../../src/server/index.ts'

/** A random secret or name, as long as the kit's. */
export function drawName(): string {
  return randomBytes(16).toString('base64url')
}

/** The document of a session whose token has been rotated as often as a document remembers, and once more. */
export async function agedDocument(): Promise<SessionDocument> {
  let now = Date.now()
  const store = memoryStore({ now: () => now })
  const sessions = createSessions({
    store,
    accessToken: () => 'access',
    limits: { idleTtlS: 1_800 },
  })
  const subject = randomUUID()
  let answer = await sessions.start(post({}), { subject, data: undefined, delivery: 'body' })
  for (let time = 0; time < 5; time++) {
    now += 60_000
    const { refresh_token } = (await answer.json()) as Record<string, string>
    answer = await sessions.refresh(post({ refresh_token, idle_ms: 0 }, drawName()))
  }
  const [document] = await store.list(subject)
  if (document === undefined) throw new Error('There is no session.')
  return document
}

/** Writes a document as that of another session, of a subject of its own if none is given. */
export async function writeCopy(
  store: SessionStore,
  document: SessionDocument,
  members: Partial<SessionDocument> = {},
  keepUntil: number = document.sessionEndsAt,
): Promise<SessionDocument> {
  const copy = { ...document, sid: drawName(), subject: randomUUID(), version: 1, ...members }
  if (!(await store.write(copy, keepUntil))) throw new Error('It was not written.')
  return copy
}

function post(body: object, key?: string): Request {
  return new Request('https://kit.test/auth/refresh', {
    method: 'POST',
    body: JSON.stringify(body),
    headers: key === undefined ? {} : { 'idempotency-key': key },
  })
}
