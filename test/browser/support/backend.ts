import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Hono, MiddlewareHandler } from 'hono'
import { decodeJwt } from 'jose'
import { beforeAll, onTestFinished } from 'vitest'
import type { Config } from '../../../demo/config.ts'
import type { Database } from '../../../demo/database/database.ts'
import type { LogEntry } from '../../../demo/server/log.ts'
import { startServer } from '../../../demo/start-server.ts'
import { openPGlite } from '../../support/pglite.ts'
import { recordPageEvents } from '../engines/page-events.ts'
import { answerJar, JAR } from './cookie-jar.ts'
import type { Mode } from './fixture-page.ts'
import type { Strategy } from './fixture-transport.ts'
import { createGate, cutConnection, type Gate } from './gate.ts'
import { preludeOf } from './preludes.ts'

/** The reference backend, which also serves the page of the tests. A test can watch and delay its requests. */
export interface Backend {
  /** Everything that was sent to `/auth` and `/api`, in order of arrival. */
  readonly requests: readonly SeenRequest[]
  /** How the refresh requests were answered so far. */
  readonly refreshes: () => RefreshTally
  /** The address of the test page. */
  page(settings: PageSettings): string
  readonly url: string
  /** The address of another page of the site. */
  readonly elsewhere: string
  /** From now on holds all requests for a path, or the `first` of them: before they are read, or once their answers are made. */
  hold(what: 'requests' | 'answers', path: string, first?: number): Gate
  /** From now on delays the answers for a path by `ms`. */
  delayAnswers(path: string, ms: number): void
  /** From now on requests for `/auth`, `/api` and the keys have this trouble; `null` ends it. */
  trouble(trouble: Trouble | null): void
  /** How many requests for a path are unanswered. */
  underWay(path: string): number
  /** From now on the API refuses all access tokens that were issued so far, as if they had expired. */
  expireAccessTokens(): void
}

/** The connection is cut before a request is read, or after it was processed; or the answer is 503 with `Retry-After: 1`. */
export type Trouble = 'requests lost' | 'answers lost' | 'busy'

export interface SeenRequest {
  readonly path: string
  /** The status of the answer, once it is sent. */
  status?: number
  readonly tab: string | null
  /** The load of the page that sent it, if it went to `/auth`. */
  readonly load: string | null
  /** The subject of its access token; `null` without one. */
  readonly subject: string | null
}

/** How often the refresh table (docs/protocol.md) has answered with each of its rows. */
export interface RefreshTally {
  /** All rows together. */
  readonly requests: number
  /** S2: a refresh token was rotated. */
  readonly rotations: number
  /** S3 and S4: the answer of an earlier rotation was sent again. */
  readonly repeats: number
  /** S5 and S6. */
  readonly superseded: number
  /** S7. */
  readonly reuses: number
  /** S1. */
  readonly refused: number
}

/** The settings of a test page, which are in its address. */
export interface PageSettings {
  readonly tab: string
  readonly mode: Mode
  /** How the page handles tokens, if the backend runs in another mode than usual. */
  readonly strategy?: Strategy
  /** The name of the hint cookie, without which a page does not ask for a session. */
  readonly hintCookie?: string
  /** The idle timeout of its session. */
  readonly idleAfterMs?: number
  /** Another origin that gets the token. */
  readonly origins?: string
  /** How far each load moves the page's clock on. */
  readonly agesMs?: number
  /** The URL of its event stream. */
  readonly events?: string
  /** The phase in which a listener of the page sends a request when the page wakes, before any other script of it runs. */
  readonly requestOnWake?: 'capture' | 'bubble'
}

/** The settings of a backend. All others have their defaults, and `GRACE_S` is 0. */
export interface Settings {
  readonly accessTtlS?: number | undefined
  /** How long the server lets a user be idle. */
  readonly idleTtlS?: number | undefined
  /** How long a key signs, and how long it is published before that. */
  readonly keys?: Pick<Config, 'keyTtlS' | 'keyLeadS' | 'renewTtlS' | 'refreshTtlS'>
  /** How the server keeps sessions. */
  readonly strategy?: Pick<Config, 'mode'> & Partial<Pick<Config, 'softTtlS' | 'renewTtlS'>>
  /** Adds routes, such as event streams. */
  readonly routes?: (app: Hono) => void
}

/** Starts a backend, which is closed when the running test has finished. */
export type StartBackend = (settings?: Settings) => Promise<Backend>

/** What every backend needs. All backends of this process share it, as the instances of a deployment share a database. */
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
    // Registered before the browser is launched, so it runs after the browser has ended: no page waits for the held answers.
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

/** Serves the pages without `Cache-Control: no-store`, with which browsers keep a page out of their back/forward cache. */
function serveFixture(app: Hono, script: string): void {
  const head = '<!doctype html><html lang="en"><link rel="icon" href="data:,">'
  app.get('/fixture', (c) => {
    const scripts = [`(${recordPageEvents.toString()})()`, preludeOf(c.req.url), script]
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
  // The script is inlined into the page, where this text would end it.
  return outputFiles.map(({ text }) => text.replaceAll('</script', '<\\/script')).join('')
}
