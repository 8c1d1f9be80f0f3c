import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Hono, type MiddlewareHandler } from 'hono'
import { decodeJwt, SignJWT } from 'jose'
import { createSessions, memoryStore } from '../../src/server/index.ts'
import {
  bearerToken,
  createVerifier,
  unauthorized,
  type Verifier,
} from '../../src/server/verifier/index.ts'
import { createGate, cutConnection, type Gate } from '../browser/support/gate.ts'
import type { User } from './page.ts'

/** How long an access token lives. */
export const TOKEN_MS = 600_000

const ISSUER = 'https://auth.recipes.test'
const AUDIENCE = 'recipes'

/** A server with sessions, an API that takes their tokens, and the page of a recipe at `/`. */
export interface RecipeServer {
  readonly url: string
  /** All requests but those for the page, in order of arrival. */
  readonly requests: readonly SeenRequest[]
  /** What was posted to `/api/notes`, in order, and by whose token. */
  readonly notes: readonly Note[]
  /** How many refreshes were answered with tokens. */
  refreshes(): number
  /** Lets time pass at the server: after {@link TOKEN_MS} it refuses the tokens that it has issued so far. */
  pass(ms: number): void
  /** Ends the sessions of a user. The page is not told. */
  endSessions(user: User): Promise<void>
  /** From now on holds requests whose path begins so, before they are read. */
  hold(path: string): Gate
  /** From now on answers requests whose path begins so with this status; `200` ends it. */
  answer(path: string, status: number, headers?: Readonly<Record<string, string>>): void
}

/** A request as the server sees it. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  /** The subject of its access token, be it good or not; `null` without one. */
  readonly user: string | null
  /** The status of the answer, once it is there. */
  status?: number
}

/** A note that a user has written. */
export interface Note {
  readonly user: string
  readonly text: string
}

/** What the routes of a recipe are made with. */
export interface Site {
  readonly app: Hono
  readonly server: Server
  readonly verifier: Verifier
  /** The user whose access token a request carries, or the 401 that refuses the request. */
  userOf(request: Request): Promise<string | Response>
}

/** The settings of a server. */
export interface ServerOptions {
  /** The script of the page. */
  readonly script: string
  /** Adds routes. Those under `/api` are there. */
  readonly routes?: ((site: Site) => void) | undefined
}

/** Starts a server, which is closed when `onFinished` runs. */
export async function startServer(
  { script, routes }: ServerOptions,
  onFinished: (undo: () => Promise<void>) => void,
): Promise<RecipeServer> {
  const key = crypto.getRandomValues(new Uint8Array(32))
  let aheadMs = 0
  const now = (): number => Date.now() + aheadMs
  const verifier = createVerifier({ key, issuer: ISSUER, audience: AUDIENCE, now })
  const sessions = createSessions({
    store: memoryStore({ now }),
    limits: { accessTtlS: TOKEN_MS / 1000 },
    accessToken: ({ sid, subject }, { at, expiresInS }) =>
      new SignJWT({ sid })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(subject)
        .setIssuedAt(Math.floor(at / 1000))
        .setExpirationTime(Math.floor(at / 1000) + expiresInS)
        .sign(key),
  })
  const requests: SeenRequest[] = []
  const notes: Note[] = []
  const gates = new Map<string, Gate>()
  const answers = new Map<string, Response>()
  const matching = <Value>(values: ReadonlyMap<string, Value>, path: string): Value | undefined =>
    [...values].find(([prefix]) => path.startsWith(prefix))?.[1]

  const watch: MiddlewareHandler = async (c, next) => {
    const { method, path } = c.req
    const token = bearerToken(c.req.raw)
    const user = token === undefined ? null : (decodeJwt(token).sub ?? null)
    const seen: SeenRequest = { method, path, user }
    requests.push(seen)
    await matching(gates, path)?.pass(() => cutConnection(c))
    const answer = matching(answers, path)
    if (answer) c.res = answer.clone()
    else await next()
    seen.status = c.res.status
  }

  async function userOf(request: Request): Promise<string | Response> {
    const token = bearerToken(request)
    if (token === undefined) return unauthorized()
    return await verifier.verify(token).then(({ sub }) => String(sub), unauthorized)
  }

  const app = new Hono()
  app.get('/', (c) =>
    c.html(
      '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Recipe</title><main></main><script src="/page.js"></script>',
    ),
  )
  app.get('/page.js', (c) => c.body(script, 200, { 'content-type': 'text/javascript' }))
  app.use(watch)
  app.post('/auth/login', async (c) => {
    const { user } = await c.req.json<{ readonly user: User }>()
    return sessions.start(c.req.raw, { subject: user })
  })
  app.post('/auth/refresh', (c) => sessions.refresh(c.req.raw))
  app.post('/auth/logout', (c) => sessions.logout(c.req.raw))
  app.get('/api/me', async (c) => {
    const user = await userOf(c.req.raw)
    return typeof user === 'string' ? c.json({ user }) : user
  })
  app.post('/api/notes', async (c) => {
    const user = await userOf(c.req.raw)
    if (typeof user !== 'string') return user
    const { text } = await c.req.json<{ readonly text: string }>()
    notes.push({ user, text })
    return c.json({ user, text }, 201)
  })

  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  routes?.({ app, server, verifier, userOf })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onFinished(() => {
    for (const gate of gates.values()) gate.open()
    return new Promise((closed) => {
      server.close(() => closed())
      server.closeAllConnections()
    })
  })

  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`,
    requests,
    notes,
    refreshes: () =>
      requests.filter(({ path, status }) => path === '/auth/refresh' && status === 200).length,
    pass: (ms) => void (aheadMs += ms),
    async endSessions(user) {
      await sessions.endAll(user)
    },
    hold(path) {
      const gate = createGate(`a request for ${path}`, Infinity)
      gates.set(path, gate)
      return gate
    },
    answer(path, status, headers = {}) {
      if (status === 200) answers.delete(path)
      else answers.set(path, new Response(null, { status, headers }))
    },
  }
}
