import { randomBytes } from 'node:crypto'
import {
  createSessions,
  memoryStore,
  type AuditEntry,
  type Delivery,
  type GivenLimits,
  type Sessions,
  type SessionsOptions,
  type SessionStore,
  type SignIn,
} from '../../../src/server/index.ts'

export const ORIGIN = 'https://app.test'
export const DAY_S = 86_400

/** The kit on a store in memory, with a clock that the test moves. */
export interface Kit<Data> {
  readonly sessions: Sessions<Data>
  readonly store: SessionStore
  readonly audited: readonly AuditEntry[]
  advance(seconds: number): void
  /** A browser, with the cookies that it has been given. */
  openBrowser(): Browser<Data>
  /** Signs in a client that keeps its token itself. */
  signIn(signIn?: SomeSignIn<Data>): Promise<Token>
  /** Refreshes as such a client does. */
  refresh(token: string, sent?: Sent): Promise<Answer>
  logOut(token: string, sent?: Sent): Promise<Answer>
}

/** What is special about a sign-in. Its user is alice, if nothing else is said. */
export interface SomeSignIn<Data> {
  readonly subject?: string
  readonly delivery?: Delivery | 'none'
  readonly limits?: GivenLimits
  readonly data?: Data
}

/** What is sent beside a token. */
export interface Sent {
  readonly body?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
  readonly key?: string
}

export interface Token {
  readonly token: string
  readonly sid: string
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
  /** The refresh token in the body. */
  readonly token: string
  /** The names of the cookies that it sets, and of those that it removes. */
  readonly set: readonly string[]
  readonly removed: readonly string[]
}

export interface Browser<Data> {
  /** The cookies that it sends, by name. A test may plant some, even several of one name. */
  readonly cookies: [name: string, value: string][]
  signIn(signIn?: SomeSignIn<Data>): Promise<Answer>
  refresh(sent?: Sent): Promise<Answer>
  logOut(sent?: Sent): Promise<Answer>
}

/** Creates a kit for one test. */
export function createKit<Data = undefined>(
  options: Partial<SessionsOptions<Data>> = {},
): Kit<Data> {
  let now = Date.UTC(2026, 0, 1)
  const store = memoryStore({ now: () => now })
  const audited: AuditEntry[] = []
  const sessions = createSessions<Data>({
    store,
    accessToken: ({ sid }, { expiresInS }) => `access token of ${sid} for ${expiresInS} s`,
    audit: (entry) => audited.push(entry),
    ...options,
  })
  const start = async (headers: Readonly<Record<string, string>>, signIn: object) =>
    read(
      await sessions.start(requestOf('login', { headers }), {
        subject: 'alice',
        ...signIn,
      } as SignIn<Data>),
    )

  return {
    sessions,
    store,
    audited,
    advance(seconds) {
      now += seconds * 1000
    },
    async signIn(signIn) {
      const { token, body } = await start({}, { delivery: 'body', ...signIn })
      return { token, sid: String(body['sid']) }
    },
    refresh: async (token, sent) =>
      read(await sessions.refresh(requestOf('refresh', withToken(token, sent)))),
    logOut: async (token, sent) =>
      read(await sessions.logout(requestOf('logout', withToken(token, sent)))),

    openBrowser() {
      const cookies: [string, string][] = []
      const headersOf = (headers: Sent['headers']) => ({
        'x-requested-with': 'test',
        origin: ORIGIN,
        ...(cookies.length > 0 && { cookie: cookies.map((pair) => pair.join('=')).join('; ') }),
        ...headers,
      })
      async function send(
        path: 'refresh' | 'logout',
        { headers, ...sent }: Sent = {},
      ): Promise<Answer> {
        const request = requestOf(path, { ...sent, headers: headersOf(headers) })
        return keep(await sessions[path](request))
      }
      async function keep(response: Response): Promise<Answer> {
        for (const line of response.headers.getSetCookie()) {
          const [name, value] = nameAndValue(line)
          const index = cookies.findIndex(([other]) => other === name)
          if (isRemoval(line)) cookies.splice(index, index < 0 ? 0 : 1)
          else if (index < 0) cookies.push([name, value])
          else cookies[index] = [name, value]
        }
        return read(response)
      }
      return {
        cookies,
        async signIn(signIn = {}) {
          const request = requestOf('login', { headers: headersOf({}) })
          const wanted = { subject: 'alice', ...signIn } as SignIn<Data>
          return keep(await sessions.start(request, wanted))
        },
        refresh: (sent) => send('refresh', sent),
        logOut: (sent) => send('logout', sent),
      }
    },
  }
}

export function drawKey(): string {
  return randomBytes(16).toString('hex')
}

/** A secret or a sid that the kit has not drawn. */
export function drawSecret(): string {
  return randomBytes(16).toString('base64url')
}

/** What looks like a token, and is none. */
export function forge(sid: string = drawSecret(), seq = 1): string {
  return [sid, seq, drawSecret(), drawSecret()].join('.')
}

function withToken(token: string, { body, ...sent }: Sent = {}): Sent {
  return { ...sent, body: { refresh_token: token, ...body } }
}

function requestOf(path: string, { body = {}, headers, key }: Sent): Request {
  return new Request(`${ORIGIN}/auth/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { ...headers, ...(key !== undefined && { 'idempotency-key': key }) },
  })
}

/** Reads an answer of the kit. */
export async function read(response: Response): Promise<Answer> {
  const text = await response.text()
  const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
  const lines = response.headers.getSetCookie()
  const namesOf = (wanted: readonly string[]) => wanted.map((line) => nameAndValue(line)[0])
  return {
    status: response.status,
    headers: response.headers,
    body,
    token: typeof body['refresh_token'] === 'string' ? body['refresh_token'] : '',
    set: namesOf(lines.filter((line) => !isRemoval(line))),
    removed: namesOf(lines.filter(isRemoval)),
  }
}

function nameAndValue(line: string): [name: string, value: string] {
  const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(line) ?? []
  return [name, value]
}

function isRemoval(line: string): boolean {
  return /; Max-Age=0(;|$)/i.test(line)
}
