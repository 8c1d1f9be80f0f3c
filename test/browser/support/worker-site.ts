import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { build } from 'esbuild'
import { Hono } from 'hono'
import { decodeProtectedHeader } from 'jose'
import { createOrdinaryServer } from '../../support/ordinary-server.ts'
import { pageOf } from '../../bench/support/bundle.ts'
import { recordPageEvents } from '../engines/page-events.ts'
import { createGate, type Gate } from './gate.ts'
import type { WorkerKind } from './worker-page.ts'

/** Where the refresh token travels; `dpop`: in a cookie, and each refresh carries a proof. */
export type WorkerMode = 'cookie' | 'body' | 'dpop'

/** The pages and workers of one test, and a strict server that knows neither keys nor numbers. */
export interface WorkerSite {
  readonly url: string
  page(worker: WorkerKind): string
  /** The address of a page without a session. */
  readonly elsewhere: string
  /** Holds the answers to the next `count` refreshes; they have taken effect at the server. */
  hold(count: number): Gate
  /** How many refreshes were asked for. */
  readonly refreshes: number
  /** The keys with which refreshes were proved. */
  readonly provedWith: ReadonlySet<unknown>
}

const at = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
let bundled: Promise<readonly [string, string]> | undefined

async function bundle(): Promise<readonly [string, string]> {
  const worker = build({
    entryPoints: [at('session-worker.ts')],
    ...{ bundle: true, format: 'iife', target: 'es2022', write: false, logLevel: 'error' },
  })
  const [page, { outputFiles }] = await Promise.all([pageOf(at('worker-page.ts')), worker])
  const events = `<script>(${recordPageEvents.toString()})()</script>`
  return [page.replace('<script>', () => `${events}<script>`), outputFiles[0]?.text ?? '']
}

/** A file of the site. */
export interface StaticFile {
  readonly type: string
  readonly body: string
}

/** What a site has of its own. */
export interface WorkerSiteOptions {
  /** The headers of its page. */
  readonly headers?: Readonly<Record<string, string>>
  /** Other files than its page and its worker, by path. */
  readonly files?: ReadonlyMap<string, StaticFile>
}

/** Serves them until `onFinished` runs. */
export async function serveWorkerSite(
  mode: WorkerMode,
  onFinished: (undo: () => Promise<void>) => void,
  { headers = {}, files = new Map() }: WorkerSiteOptions = {},
): Promise<WorkerSite> {
  const [page, script] = await (bundled ??= bundle())
  const auth = createOrdinaryServer({
    delivery: mode === 'body' ? 'body' : 'cookie',
    cookie: { secure: false, sameSite: 'Strict' },
  })
  let gate: Gate | undefined
  let refreshes = 0
  const provedWith = new Set<unknown>()
  const app = new Hono()
    .use(async (c, next) => {
      const file = files.get(c.req.path)
      if (!file) return await next()
      return c.body(file.body, 200, { 'content-type': file.type })
    })
    .post('/auth/*', async (c) => {
      const answer = await auth.fetch(c.req.raw)
      if (!c.req.path.endsWith('/refresh')) return answer
      refreshes++
      const proof = c.req.header('dpop')
      if (proof !== undefined) provedWith.add(decodeProtectedHeader(proof).jwk?.x)
      await gate?.pass(() => undefined)
      return answer
    })
    .get('/session-worker.js', (c) =>
      c.body(script, 200, { 'content-type': 'text/javascript', 'service-worker-allowed': '/' }),
    )
    .get('/elsewhere', (c) => c.html('<!doctype html><title>Elsewhere</title>'))
    .get('*', (c) => c.html(page, 200, headers))
  const listener = getRequestListener(app.fetch)
  const server = createServer((request, response) => void listener(request, response))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onFinished(async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  })
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  return {
    url,
    page: (worker) => `${url}/?mode=${mode}&worker=${worker}`,
    elsewhere: `${url}/elsewhere`,
    hold(count) {
      gate = createGate('answers to refreshes', count)
      return gate
    },
    get refreshes() {
      return refreshes
    },
    provedWith,
  }
}
