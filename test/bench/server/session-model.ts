import { randomBytes } from 'node:crypto'
import { createSessions, type Sessions, type SessionStore } from '../../../src/server/index.ts'

/** How many tokens each session of a bench has spent. */
export const SPENT = 4

/** What the demo keeps with a session, as far as it takes room. */
export interface ModelData {
  readonly username: string
  readonly device: string
  readonly seen: { readonly address: string; readonly networks: readonly string[] }
}

/** A session as a client has it. */
export interface ModelSession {
  readonly sid: string
  readonly token: string
}

/** The kit as the demo uses it, but for the signature of access tokens. */
export function modelSessions(store: SessionStore): Sessions<ModelData> {
  return createSessions<ModelData>({ store, accessToken: () => 'none' })
}

/** Begins a session of an account. */
export async function begin(sessions: Sessions<ModelData>, subject: string): Promise<ModelSession> {
  const seen = { address: '192.0.2.1', networks: ['192.0.2.0/24'] }
  const data = { username: 'bench', device: 'Firefox on Linux', seen }
  return sessionIn(await sessions.start(ask({}), { subject, data, delivery: 'body' }))
}

/** Spends the token of a session. */
export async function rotate(
  sessions: Sessions<ModelData>,
  { token }: ModelSession,
): Promise<ModelSession> {
  return sessionIn(await sessions.refresh(ask({ refresh_token: token })))
}

function ask(body: unknown): Request {
  return new Request('http://localhost/auth', {
    method: 'POST',
    headers: { 'x-requested-with': 'bench', 'idempotency-key': randomBytes(16).toString('hex') },
    body: JSON.stringify(body),
  })
}

async function sessionIn(answer: Response): Promise<ModelSession> {
  if (!answer.ok) throw new Error(`The kit answered ${answer.status}.`)
  const { sid, refresh_token } = (await answer.json()) as Record<'sid' | 'refresh_token', string>
  return { sid, token: refresh_token }
}
