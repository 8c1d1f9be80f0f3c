// The reference backend for benches: strict (GRACE_S=0), with the latency of a remote server, and able to fail on
// demand.
import type { Hono, MiddlewareHandler } from 'hono'
import { openDatabase } from '../../../demo/database/database.ts'
import type { LogEntry } from '../../../demo/server/log.ts'
import { startServer } from '../../../demo/start-server.ts'
import { createGate, cutConnection, type Gate } from '../../browser/support/gate.ts'

export const REFRESH = '/auth/refresh'

/** What the server has done since {@link BenchServer.begin}. */
export interface Tally {
  /** Requests to the refresh endpoint, including those answered 503. */
  readonly refreshes: number
  /** Those that spent a refresh token and made a new one (S2). */
  readonly rotations: number
  /** Those that showed a spent token (S7), which ended the session. */
  readonly reuses: number
}

export interface BenchServer {
  readonly url: string
  /** The server's port, to reach it under another host name. */
  readonly port: number
  /** Starts counting from zero. */
  begin(): void
  tally(): Tally
  /** From now on the API refuses all access tokens issued so far, as if they had expired. */
  expireAccessTokens(): void
  /** For this long every refresh is answered 503 without `Retry-After`. */
  failRefreshes(ms: number): void
  /** Holds back the answers of the next refreshes, after the server has done its work. */
  holdRefreshes(first: number): Gate
  close(): Promise<void>
}

/** `latencyMs`: the delay of every answer of `/auth` and `/api`. `routes` adds the bench's own pages. */
export async function startBenchServer(
  latencyMs: number,
  routes: (app: Hono) => void,
): Promise<BenchServer> {
  const log: LogEntry[] = []
  const issued = new Set<string>()
  const refused = new Set<string>()
  let refreshes = 0
  let outageUntil = 0
  let gate: Gate | undefined

  const watch: MiddlewareHandler = async (c, next) => {
    const { path } = c.req
    if (!/^\/(auth|api)\//.test(path)) return next()
    const isRefresh = path === REFRESH
    if (isRefresh) refreshes += 1
    const token = c.req.header('authorization')?.replace(/^Bearer /i, '') ?? ''
    if (isRefresh && performance.now() < outageUntil)
      c.res = Response.json({ error: 'temporarily_unavailable' }, { status: 503 })
    else if (refused.has(token)) c.res = await refusal(c.req.query('refuseAfterMs'))
    else await next()
    if (path.startsWith('/auth/')) remember(await readToken(c.res))
    if (isRefresh) await gate?.pass(() => cutConnection(c))
    await passed(latencyMs)
    return undefined
  }

  function remember(token: string | undefined): void {
    if (token !== undefined) issued.add(token)
  }

  const database = await openDatabase({ databaseUrl: undefined, dataDir: undefined })
  const server = await startServer({
    port: 0,
    database,
    dataDir: undefined,
    graceS: 0,
    passwordCost: { memoryCost: 8, timeCost: 1, parallelism: 1 },
    attemptsPerAddress: 1_000_000,
    log: (entry) => log.push(entry),
    before: [watch],
    routes,
  })
  const count = (row: string): number => log.filter((entry) => entry['row'] === row).length

  return {
    url: server.url,
    port: server.port,
    begin() {
      refreshes = 0
      log.length = 0
    },
    tally: () => ({ refreshes, rotations: count('S2'), reuses: count('S7') }),
    expireAccessTokens() {
      for (const token of issued) refused.add(token)
      issued.clear()
    },
    failRefreshes: (ms) => void (outageUntil = performance.now() + ms),
    holdRefreshes: (first) => (gate = createGate('refresh answers', first)),
    async close() {
      gate?.open()
      await server.close()
      await database.close()
    },
  }
}

/** A request may say how long its refusal takes, for straggling 401s. */
async function refusal(afterMs = '0'): Promise<Response> {
  await passed(Number(afterMs))
  return Response.json(
    { error: 'invalid_token' },
    { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
  )
}

async function readToken(response: Response): Promise<string | undefined> {
  if (!response.ok || response.status === 204) return undefined
  const answer = (await response.clone().json()) as { readonly access_token?: string }
  return answer.access_token
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
