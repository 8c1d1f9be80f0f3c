import { ORIGIN } from './fake-browser.ts'
import type { FakeClock } from './fake-clock.ts'

/** A request to the strict server, as it left the browser. */
export interface Sent {
  readonly path: string
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
  readonly keepalive: boolean
  readonly cookies: ReadonlyMap<string, string>
}

/** One way of a request or of its answer. Nothing happens until one of the two is called; the second call does nothing. */
export interface Leg {
  readonly way: 'up' | 'down'
  readonly sent: Sent
  pass(): void
  /** Lost on the network: the page hears a network error, sooner or later. */
  lose(): void
}

/** What a refresh came to, by the row of the protocol's table. */
export interface Audit {
  readonly row: 'S1' | 'S2' | 'S3' | 'S4' | 'S5' | 'S7'
  readonly sid: string | undefined
  readonly seq: number | undefined
}

interface Answer {
  readonly status: number
  readonly body?: unknown
  /** `null` clears a cookie. */
  readonly cookies?: ReadonlyMap<string, string | null>
}

export interface Family {
  readonly subject: string
  readonly bornAt: number
  readonly limits: { readonly session_expires_in?: number; readonly refresh_expires_in?: number }
  alive: boolean
  /** The number of the newest refresh token. */
  leaf: number
}

interface Token {
  readonly sid: string
  readonly seq: number
  spentWith?: string | undefined
}

/** Options of {@link createStrictServer}. */
export interface StrictServerOptions {
  readonly mode?: 'cookie' | 'body' | undefined
  readonly accessTtlS?: number | undefined
}

export interface StrictServer {
  /** The browser's network: its requests go to this server, with the cookies of the jar. */
  readonly fetch: typeof fetch
  /** The cookie jar of the browser. */
  readonly jar: Map<string, string>
  readonly sent: readonly Sent[]
  sentTo(path: string): readonly Sent[]
  readonly refreshes: readonly Audit[]
  /** The answer of the application's own login call; in cookie mode its cookie is in the jar by now. */
  signIn(subject?: string, limits?: Family['limits']): Record<string, unknown>
  /** Answers the next request to `path` this way instead. `handle`: what the strict server would say, if it is to act. */
  next(
    path: string,
    answer: (sent: Sent, handle: () => Response) => Response | Promise<Response>,
  ): void
  /** Takes the legs of requests to `path` into the hands of a test; `null` lets them pass again. */
  hold(path: string, onLeg: ((leg: Leg) => void) | null): void
  /** Starts the books of what was sent and answered afresh. */
  forget(): void
  /** Ends a session from outside. */
  revoke(sid: string): void
  isAlive(sid: string): boolean
  /** The number of the newest refresh token of a session. */
  leafOf(sid: string): number
}

/** A JWT that nobody signed: the SDK never verifies, and may decode for display. */
function jwt(claims: object): string {
  const encoded = [{ alg: 'none' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  return [...encoded, 'unsigned'].join('.')
}

/**
 * The auth server of PROTOCOL S1–S7 in memory, without any grace: a spent token without its key ends the session. One
 * browser with one cookie jar talks to it. Cookies are numbered and travel as in a browser: shown as they are when a
 * request leaves, and stored when its answer arrives, whether its page still lives or not.
 */
export function createStrictServer(
  clock: FakeClock,
  { mode = 'cookie', accessTtlS = 600 }: StrictServerOptions = {},
): StrictServer {
  const jar = new Map<string, string>()
  const sent: Sent[] = []
  const refreshes: Audit[] = []
  const tokens = new Map<string, Token>()
  const families = new Map<string, Family>()
  const accessTokens = new Map<string, { sid: string; expiresAt: number }>()
  const scripted = new Map<
    string,
    ((sent: Sent, handle: () => Response) => Response | Promise<Response>)[]
  >()
  const held = new Map<string, (leg: Leg) => void>()
  let drawn = 0

  const cookieOf = (sid: string, seq: number): string => `rt-${sid}-${String(seq)}`
  const nameOf = (sid: string, seq: number): string => `refresh-${sid}-${String(seq)}`

  function addLeaf(sid: string, seq: number): void {
    tokens.set(nameOf(sid, seq), { sid, seq })
    familyOf(sid).leaf = seq
  }

  function familyOf(sid: string): Family {
    const family = families.get(sid)
    if (!family) throw new Error(`There is no session ${sid}`)
    return family
  }

  function grant(sid: string): Record<string, unknown> {
    const { subject, leaf, limits, bornAt } = familyOf(sid)
    const now = clock.trueTime()
    const accessToken = jwt({ sub: subject, sid, n: ++drawn })
    accessTokens.set(accessToken, { sid, expiresAt: now + accessTtlS * 1000 })
    const { session_expires_in: sessionS } = limits
    return {
      access_token: accessToken,
      expires_in: accessTtlS,
      sid,
      seq: leaf,
      ...limits,
      // Absolute, where the refresh token's own limit moves with each one.
      ...(sessionS !== undefined && { session_expires_in: sessionS - (now - bornAt) / 1000 }),
      ...(mode === 'body' && { refresh_token: nameOf(sid, leaf) }),
    }
  }

  /** The refresh token that a request shows: in its body, or the newest of its cookies. */
  function shownBy({ body, cookies }: Sent): {
    readonly name: string | undefined
    readonly cookies: string[]
  } {
    if (mode === 'body') return { name: body['refresh_token'] as string, cookies: [] }
    const sid = body['sid'] as string | undefined
    const all = [...cookies].filter(([name]) =>
      name.startsWith(sid === undefined ? 'rt-' : `rt-${sid}-`),
    )
    const newest = all.sort(([a], [b]) => Number(b.split('-').at(-1)) - Number(a.split('-').at(-1)))
    return { name: newest[0]?.[1], cookies: all.map(([name]) => name) }
  }

  function refresh(request: Sent): Answer {
    const shown = shownBy(request)
    const token = tokens.get(shown.name ?? '')
    const key = request.headers.get('idempotency-key') ?? undefined
    const wanted = (request.body['seq'] as number | undefined) ?? token?.seq
    const family = families.get(token?.sid ?? '')
    const audit = (row: Audit['row']): void =>
      void refreshes.push({ row, sid: token?.sid, seq: token?.seq })

    if (!token || !family?.alive) {
      audit('S1')
      const cookies = new Map(shown.cookies.map((name) => [name, null]))
      return { status: 401, body: { error: family ? 'session_revoked' : 'invalid_grant' }, cookies }
    }
    const isLeaf = family.leaf === token.seq
    const parent = tokens.get(nameOf(token.sid, token.seq - 1))
    const give = (row: Audit['row']): Answer => {
      audit(row)
      const cookies = new Map<string, string | null>()
      for (const name of shown.cookies)
        if (Number(name.split('-').at(-1)) < family.leaf) cookies.set(name, null)
      cookies.set(cookieOf(token.sid, family.leaf), nameOf(token.sid, family.leaf))
      return { status: 200, body: grant(token.sid), ...(mode === 'cookie' && { cookies }) }
    }
    if (isLeaf && wanted === token.seq) {
      token.spentWith = key ?? ''
      addLeaf(token.sid, token.seq + 1)
      return give('S2')
    }
    if (isLeaf && token.seq > (wanted ?? 0) && key !== undefined && parent?.spentWith === key)
      return give('S3')
    const isRepeated = !isLeaf && key !== undefined && token.spentWith === key
    if (isRepeated && family.leaf === token.seq + 1) return give('S4')
    if (isRepeated || wanted !== token.seq) {
      audit('S5')
      return { status: 409, body: { error: 'refresh_superseded', seq: token.seq } }
    }
    audit('S7')
    family.alive = false
    return { status: 401, body: { error: 'reuse_detected' } }
  }

  function logout(request: Sent): Answer {
    const shown = shownBy(request)
    const { sid = request.body['sid'] as string } = tokens.get(shown.name ?? '') ?? {}
    const family = families.get(sid)
    const cookies = new Map(shown.cookies.map((name) => [name, null]))
    if (!family || shown.name === undefined) return { status: 401, cookies }
    if (request.body['everywhere'] === true)
      for (const other of families.values())
        if (other.subject === family.subject) other.alive = false
    family.alive = false
    return { status: 204, cookies }
  }

  function api({ headers }: Sent): Answer {
    const token = headers.get('authorization')?.replace('Bearer ', '') ?? ''
    const access = accessTokens.get(token)
    const isGood = access && access.expiresAt > clock.trueTime() && families.get(access.sid)?.alive
    return isGood ? { status: 200, body: { sid: access.sid } } : { status: 401 }
  }

  function handle(request: Sent): Response {
    const { path } = request
    const { status, body, cookies } =
      path === '/auth/refresh'
        ? refresh(request)
        : path === '/auth/logout'
          ? logout(request)
          : api(request)
    const response =
      body === undefined ? new Response(null, { status }) : Response.json(body, { status })
    setCookies.set(response, cookies ?? new Map())
    return response
  }
  const setCookies = new WeakMap<Response, ReadonlyMap<string, string | null>>()

  /** Waits for the leg to pass; rejects when it is lost. */
  function travel(way: Leg['way'], request: Sent): Promise<void> {
    const onLeg = held.get(request.path)
    if (!onLeg) return Promise.resolve()
    return new Promise((resolve, reject) => {
      onLeg({
        way,
        sent: request,
        pass: resolve,
        lose: () => reject(new TypeError('Failed to fetch')),
      })
    })
  }

  async function carry(request: Sent): Promise<Response> {
    await travel('up', request)
    const script = scripted.get(request.path)?.shift()
    const response = await (script ? script(request, () => handle(request)) : handle(request))
    await travel('down', request)
    for (const [name, value] of setCookies.get(response) ?? []) {
      if (value === null) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }

  return {
    jar,
    sent,
    refreshes,
    sentTo: (path) => sent.filter((request) => request.path === path),
    async fetch(input, init = {}) {
      const request = new Request(
        input instanceof Request ? input : new URL(input, `${ORIGIN}/page`),
        init,
      )
      const { signal } = request
      signal.throwIfAborted()
      const text = typeof init.body === 'string' ? init.body : '{}'
      const entry: Sent = {
        path: new URL(request.url).pathname,
        headers: request.headers,
        body: JSON.parse(text) as Sent['body'],
        keepalive: init.keepalive === true,
        cookies: new Map(jar),
      }
      sent.push(entry)
      const carried = carry(entry)
      return await new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
        carried.then(resolve, reject)
      })
    },
    signIn(subject = 'alice', limits = {}) {
      const sid = `s${String(families.size + 1)}`
      for (const [name, value] of jar) {
        const family = families.get(tokens.get(value)?.sid ?? '')
        if (family) family.alive = false
        jar.delete(name)
      }
      families.set(sid, { subject, bornAt: clock.trueTime(), limits, alive: true, leaf: 1 })
      addLeaf(sid, 1)
      if (mode === 'cookie') jar.set(cookieOf(sid, 1), nameOf(sid, 1))
      return grant(sid)
    },
    next: (path, answer) => void scripted.set(path, [...(scripted.get(path) ?? []), answer]),
    hold(path, onLeg) {
      if (onLeg) held.set(path, onLeg)
      else held.delete(path)
    },
    forget() {
      sent.length = 0
      refreshes.length = 0
    },
    revoke(sid) {
      const family = families.get(sid)
      if (family) family.alive = false
    },
    isAlive: (sid) => families.get(sid)?.alive === true,
    leafOf: (sid) => families.get(sid)?.leaf ?? 0,
  }
}
