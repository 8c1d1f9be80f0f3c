import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Hono, MiddlewareHandler } from 'hono'
import { decodeJwt } from 'jose'
import { beforeAll, onTestFinished } from 'vitest'
import type { Config } from '../../../demo/server/config.ts'
import type { Database } from '../../../demo/server/database.ts'
import type { LogEntry } from '../../../demo/server/log.ts'
import { startServer } from '../../../demo/server/start-server.ts'
import { openPGlite } from '../../support/pglite.ts'
import { recordMoments } from '../engines/moments.ts'
import { answerJar, JAR } from './cookie-jar.ts'
import type { Mode } from './fixture-page.ts'
import type { Strategy } from './fixture-transport.ts'
import { createGate, cutConnection, type Gate } from './gate.ts'
import { preludeOf } from './preludes.ts'

/** The reference backend, which also serves the page of the tests, and which a test can watch and hold up. */
export interface Backend {
  /** Everything that was sent to `/auth` and `/api`, in order of arrival. */
  readonly requests: readonly SeenRequest[]
  /** What became of the refresh requests so far. */
  readonly refreshes: () => RefreshTally
  /** The address of the test page. */
  page(settings: PageSettings): string
  readonly url: string
  /** The address of another page of the site. */
  readonly elsewhere: string
  /** From now on holds up the requests for a path before they are read, or their answers once they are made; of those all, or the first. */
  hold(what: 'requests' | 'answers', path: string, first?: number): Gate
  /** From now on lets the answers for a path wait for so long. */
  delayAnswers(path: string, ms: number): void
  /** From now on gives `/auth`, `/api` and whoever asks for the keys this trouble; `null` ends it. */
  trouble(trouble: Trouble | null): void
  /** How many requests for a path have not been answered yet. */
  underWay(path: string): number
  /** From now on the API refuses all access tokens that were issued so far, as if they had expired. */
  expireAccessTokens(): void
}

/** The connection is cut before a request is read, or once it was done; or the answer is 503, please come back in a second. */
export type Trouble = 'requests lost' | 'answers lost' | 'busy'

export interface SeenRequest {
  readonly path: string
  /** Of the answer, once that has left. */
  status?: number
  readonly tab: string | null
  /** Which load of the page sent it, if it went to `/auth`. */
  readonly load: string | null
  /** Whose access token it carried; `null` without one. */
  readonly subject: string | null
}

/** How the refresh table has answered: by which row, how often. */
export interface RefreshTally {
  /** All of them. */
  readonly requests: number
  /** S2: a refresh token was spent, and a new one made. */
  readonly rotations: number
  /** S3 and S4: the answer of an earlier rotation again. */
  readonly repeats: number
  /** S5 and S6. */
  readonly superseded: number
  /** S7. */
  readonly reuses: number
  /** S1. */
  readonly refused: number
}

/** What a test page is told by its address. */
export interface PageSettings {
  readonly tab: string
  readonly mode: Mode
  /** What the page does with tokens, where the backend is not in its usual mode. */
  readonly strategy?: Strategy
  /** The cookie that says whether a session is worth asking for. */
  readonly hintCookie?: string
  /** Its session ends when nobody is there for so long. */
  readonly idleAfterMs?: number
  /** Another origin that gets the token. */
  readonly origins?: string
  /** At each load, the page's clock is this much further on. */
  readonly agesMs?: number
  /** Where the events of its session come from. */
  readonly events?: string
  /** Which phase of its own wake-up listeners sends a request, before any other script of the page runs. */
  readonly requestOnWake?: 'capture' | 'bubble'
}

/** What a test can set; everything else is as it is by default, and `GRACE_S` is 0. */
export interface Settings {
  readonly accessTtlS?: number | undefined
  /** How long the server lets a user be idle. */
  readonly idleTtlS?: number | undefined
  /** How long one key signs, and how long it is published before it does. */
  readonly keys?: Pick<Config, 'keyTtlS' | 'keyLeadS' | 'renewTtlS' | 'refreshTtlS'>
  /** How the server keeps sessions. */
  readonly strategy?: Pick<Config, 'mode'> & Partial<Pick<Config, 'softTtlS' | 'renewTtlS'>>
  /** More of a server, such as event streams. */
  readonly routes?: (app: Hono) => void
}

/** Starts a backend for the test that is running. */
export type StartBackend = (settings?: Settings) => Promise<Backend>

/** What every backend needs. All of this process share it, as instances of a deployment share a database. */
let prepared: Promise<[Database, string]> | undefined

/** Prepares, once for all files of tests, what backends need. */
export function useBackend(): StartBackend {
  beforeAll(async () => {
    prepared ??= Promise.all([openPGlite(), bundleFixture()])
    await prepared
  })
  return async (settings) => {
    prepared ??= Promise.all([openPGlite(), bundleFixture()])
    return startBackend(...(await prepared), settings)
  }
}

async function startBackend(
  database: Database,
  script: string,
  { accessTtlS = 600, idleTtlS, keys, strategy, routes }: Settings = {},
): Promise<Backend> {
  const log: LogEntry[] = []
  const requests: SeenRequest[] = []
  const requestGates = new Map<string, Gate>()
  const answerGates = new Map<string, Gate>()
  const delays = new Map<string, number>()
  const issued = new Set<string>()
  const refused = new Set<string>()
  let trouble: Trouble | null = null

  const watch: MiddlewareHandler = async (c, next) => {
    const { path } = c.req
    if (!/^\/(auth|api|\.well-known)\//.test(path)) return await next()
    const token = c.req.header('authorization')?.replace(/^Bearer /i, '')
    const seen: SeenRequest = {
      path,
      tab: tabOf(c.req.header('referer')),
      load: c.req.header('x-requested-with') ?? null,
      subject: token === undefined ? null : (decodeJwt(token).sub ?? null),
    }
    if (path === JAR) return answerJar(c)
    requests.push(seen)
    const cut = (): void => cutConnection(c)
    await requestGates.get(path)?.pass(cut)
    const troubled = trouble
    if (troubled === 'requests lost') cut()
    if (troubled === 'requests lost' || troubled === 'busy') c.res = busy()
    else if (token !== undefined && refused.has(token)) c.res = expired()
    else await next()
    if (troubled === 'answers lost') cut()
    if (path.startsWith('/auth/') && c.res.status < 300 && c.res.status !== 204) {
      const { access_token } = (await c.res.clone().json()) as { readonly access_token: string }
      issued.add(access_token)
    }
    await answerGates.get(path)?.pass(cut)
    await new Promise((resolve) => setTimeout(resolve, delays.get(path) ?? 0))
    seen.status = c.res.status
  }

  const server = await startServer({
    port: 0,
    database,
    graceS: 0,
    passwordCost: { memoryCost: 8, timeCost: 1, parallelism: 1 },
    attemptsPerAddress: 1_000_000,
    keyEncryptionKeys: [new Uint8Array(32)],
    log: (entry) => log.push(entry),
    before: [watch],
    routes(app) {
      serveFixture(app, script)
      routes?.(app)
    },
    accessTtlS,
    ...(idleTtlS !== undefined && { idleTtlS }),
    ...keys,
    ...strategy,
  })
  onTestFinished(async () => {
    // Registered before the browser is launched, so it runs after that has ended; what is still held has nobody to go to.
    for (const gate of [...requestGates.values(), ...answerGates.values()]) gate.open()
    await server.close()
  })

  return {
    requests,
    refreshes: () => tally(log),
    page: (wanted) => `${server.url}/fixture?${new URLSearchParams({ ...wanted } as never)}`,
    url: server.url,
    elsewhere: `${server.url}/elsewhere`,
    hold(what, path, first = Infinity) {
      const gate = createGate(`${what} for ${path}`, first)
      const gates = what === 'requests' ? requestGates : answerGates
      gates.get(path)?.open()
      gates.set(path, gate)
      return gate
    },
    trouble(next) {
      trouble = next
    },
    delayAnswers: (path, ms) => void delays.set(path, ms),
    underWay: (wanted) =>
      requests.filter(({ path, status }) => path === wanted && status === undefined).length,
    expireAccessTokens() {
      for (const token of issued) refused.add(token)
    },
  }
}

function tally(log: readonly LogEntry[]): RefreshTally {
  const rows = log.flatMap(({ row }) => (row === undefined ? [] : [row]))
  const count = (...wanted: string[]) => rows.filter((row) => wanted.includes(String(row))).length
  return {
    requests: rows.length,
    rotations: count('S2'),
    repeats: count('S3', 'S4'),
    superseded: count('S5', 'S6'),
    reuses: count('S7'),
    refused: count('S1'),
  }
}

function tabOf(referrer: string | undefined): string | null {
  return referrer === undefined ? null : new URL(referrer).searchParams.get('tab')
}

function expired(): Response {
  return Response.json(
    { error: 'invalid_token' },
    { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
  )
}

function busy(): Response {
  return new Response(null, { status: 503, headers: { 'retry-after': '1' } })
}

/** No `Cache-Control: no-store`, with which browsers keep a page out of their back/forward cache. */
function serveFixture(app: Hono, script: string): void {
  const head = '<!doctype html><html lang="en"><link rel="icon" href="data:,">'
  app.get('/fixture', (c) => {
    const scripts = [`(${recordMoments.toString()})()`, preludeOf(c.req.url), script]
    return c.html(
      `${head}<title>Fixture</title><script>${scripts.filter(Boolean).join(';\n')}</script>`,
    )
  })
  app.get('/elsewhere', (c) => c.html(`${head}<title>Elsewhere</title>`))
}

async function bundleFixture(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('fixture-page.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    write: false,
  })
  // Inlined into the page, where this would end the script.
  return outputFiles.map(({ text }) => text.replaceAll('</script', '<\\/script')).join('')
}
