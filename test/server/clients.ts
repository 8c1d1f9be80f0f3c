import { randomBytes, randomUUID } from 'node:crypto'
import { createSessionStore } from '../../demo/database/session-store.ts'
import type { SessionDocument } from '../../src/server/index.ts'
import type { TestServer } from './harness.ts'

/** How a client keeps its refresh token. */
export type Mode = 'cookie' | 'body'
export const MODES: readonly Mode[] = ['cookie', 'body']

export interface Token {
  readonly sid: string
  readonly seq: number
  readonly token: string
}

export interface SetCookie {
  readonly name: string
  readonly value: string
  /** In lower case, as they came: `max-age=0`, `httponly`. */
  readonly attributes: readonly string[]
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Those of refresh tokens. */
  readonly setCookies: readonly SetCookie[]
  /** The readable cookie beside them, if the answer set or cleared it. */
  readonly hint: SetCookie | undefined
  readonly body: AnswerBody
}

export interface AnswerBody {
  readonly error?: string
  readonly error_description?: string
  readonly access_token?: string
  readonly refresh_token?: string
  readonly expires_in?: number
  readonly refresh_expires_in?: number
  readonly session_expires_in?: number
  readonly sid?: string
  readonly seq?: number
  readonly [field: string]: unknown
}

/** A login: its refresh token, and who it is of. */
export interface Session extends Token {
  readonly mode: Mode
  readonly accessToken: string
  readonly username: string
  readonly password: string
  readonly answer: Answer
}

export interface RefreshOptions {
  readonly key?: string
  /** What the request says it spends; `null` leaves it out. @default the number of the token shown */
  readonly seq?: number | null
  /** @default the sid of the token shown */
  readonly sid?: string | null
  readonly idleMs?: number
  /** More cookies that the browser has. */
  readonly alsoShown?: readonly Token[]
}

export interface Refreshed extends Answer {
  /** The refresh token that the answer brought, wherever it travelled. */
  readonly token: Token | undefined
}

export const HINT_COOKIE = 'latchkey-hint'
export const drawKey = (): string => randomBytes(16).toString('hex')
export const cookieOf = ({ sid, seq, token }: Token): string => `rt-${sid}-${seq}=${token}`

export async function post(
  { url }: Pick<TestServer, 'url'>,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return read(
    await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-requested-with': 'test', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  )
}

export async function read(response: Response): Promise<Answer> {
  const text = await response.text()
  const cookies = response.headers.getSetCookie().map(parseSetCookie)
  return {
    status: response.status,
    headers: response.headers,
    setCookies: cookies.filter(({ name }) => name !== HINT_COOKIE),
    hint: cookies.find(({ name }) => name === HINT_COOKIE),
    body: (text === '' ? {} : JSON.parse(text)) as AnswerBody,
  }
}

/** Registers somebody new, or logs in somebody known, on a device that has no session yet. */
export async function logIn(
  server: Pick<TestServer, 'url'>,
  mode: Mode,
  known?: Pick<Session, 'username' | 'password'>,
  wishes: Readonly<Record<string, unknown>> = {},
): Promise<Session> {
  const { username, password } = known ?? {
    username: `user-${randomUUID()}`,
    password: `password-${randomUUID()}`,
  }
  const path = known === undefined ? '/auth/register' : '/auth/login'
  const answer = await post(server, path, { username, password, delivery: mode, ...wishes })
  const token = tokenIn(answer)
  if (token === undefined) throw new Error(`No token came: ${JSON.stringify(answer.body)}`)
  return { ...token, mode, username, password, accessToken: answer.body.access_token ?? '', answer }
}

/** Shows one refresh token, as a client of this mode would. */
export async function refresh(
  server: Pick<TestServer, 'url'>,
  mode: Mode,
  shown: Token,
  { key, seq = shown.seq, sid = shown.sid, idleMs, alsoShown = [] }: RefreshOptions = {},
): Promise<Refreshed> {
  const body = {
    ...(sid !== null && { sid }),
    ...(seq !== null && { seq }),
    ...(idleMs !== undefined && { idle_ms: idleMs }),
    ...(mode === 'body' && { refresh_token: shown.token }),
  }
  const answer = await post(server, '/auth/refresh', body, {
    ...(key !== undefined && { 'idempotency-key': key }),
    ...(mode === 'cookie' && { cookie: [...alsoShown, shown].map(cookieOf).join('; ') }),
  })
  return { ...answer, token: tokenIn(answer) }
}

export async function logOut(
  server: TestServer,
  mode: Mode,
  shown: Token,
  body: Readonly<Record<string, unknown>> = { sid: shown.sid },
): Promise<Answer> {
  return mode === 'body'
    ? post(server, '/auth/logout', { ...body, refresh_token: shown.token })
    : post(server, '/auth/logout', body, { cookie: cookieOf(shown) })
}

/** Whether the family of a token still lives: asked by a refresh, which a live one answers. */
export async function isAlive(server: TestServer, { mode, ...leaf }: Session): Promise<boolean> {
  return (await refresh(server, mode, leaf)).status === 200
}

/** What the server keeps of a session. */
export async function documentOf(
  { database }: Pick<TestServer, 'database'>,
  sid: string,
): Promise<SessionDocument> {
  const found = await createSessionStore(database).read(sid)
  if (found === undefined) throw new Error('There is no such session.')
  return found.document
}

/** Changes what the server keeps of a session, behind its back. */
export async function edit(
  server: Pick<TestServer, 'database'>,
  sid: string,
  change: (document: SessionDocument) => SessionDocument,
): Promise<void> {
  const document = await documentOf(server, sid)
  const edited = { ...change(document), version: document.version + 1 }
  const { sessionEndsAt, refreshEndsAt, idleEndsAt = Infinity } = edited
  const keepUntil = Math.min(sessionEndsAt, refreshEndsAt, idleEndsAt)
  if (!(await createSessionStore(server.database).write(edited, keepUntil)))
    throw new Error('The session has changed meanwhile.')
}

/** Ends a session without telling anyone. */
export async function endSilently(
  server: Pick<TestServer, 'database'>,
  sid: string,
): Promise<void> {
  await edit(server, sid, (document) => {
    const at = document.seenAt
    return { ...document, end: { at, until: at + 600_000, reason: 'test' } }
  })
}

/** Lets time pass for one session: all that it remembers is so much longer ago. */
export async function age(
  server: Pick<TestServer, 'database'>,
  sid: string,
  seconds: number,
): Promise<void> {
  const ms = seconds * 1000
  await edit(server, sid, (document) => ({
    ...document,
    startedAt: document.startedAt - ms,
    seenAt: document.seenAt - ms,
    sessionEndsAt: document.sessionEndsAt - ms,
    refreshEndsAt: document.refreshEndsAt - ms,
    ...(document.idleEndsAt !== undefined && { idleEndsAt: document.idleEndsAt - ms }),
    spent: document.spent.map((spent) => ({ ...spent, at: spent.at - ms })),
  }))
}

export async function endedReason(
  server: Pick<TestServer, 'database'>,
  sid: string,
): Promise<string | null> {
  return (await documentOf(server, sid)).end?.reason ?? null
}

export function maxAgeOf({ attributes }: SetCookie): number {
  return Number(attributes.find((each) => each.startsWith('max-age='))?.slice('max-age='.length))
}

function tokenIn({ body, setCookies }: Answer): Token | undefined {
  const { sid, seq, refresh_token: inBody } = body
  if (sid === undefined || seq === undefined) return undefined
  const inCookie = setCookies.find(({ name }) => name === `rt-${sid}-${seq}`)?.value
  const token = inBody ?? inCookie
  return token === undefined ? undefined : { sid, seq, token }
}

function parseSetCookie(line: string): SetCookie {
  const [pair = '', ...attributes] = line.split('; ')
  const [name = '', value = ''] = pair.split('=')
  return { name, value, attributes: attributes.map((attribute) => attribute.toLowerCase()) }
}
