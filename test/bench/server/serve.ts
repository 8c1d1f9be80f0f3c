// One server in a process of its own, forked by the bench: a bare Hono route, the reference backend, or the kit alone. Sends
// its URL, and whenever it is asked, the processor time that it has taken.
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { createServer, type Server } from 'node:http'
import pg from 'pg'
import { prepared } from '../../../demo/database/prepared.ts'
import { listen, localUrl } from '../../../demo/http-server.ts'
import { startServer } from '../../../demo/start-server.ts'
import {
  createSessions,
  memoryStore,
  postgresStore,
  type SessionStore,
} from '../../../src/server/index.ts'
import { toNodeHandler } from '../../../src/server/node/index.ts'

const [kind, databaseUrl] = process.argv.slice(2)
const SERVE = { bare: serveBare, backend: serveBackend, kit: serveKit }
const HOST = '127.0.0.1'
process.send?.(await SERVE[kind as keyof typeof SERVE]())
process.on('message', () => process.send?.(process.cpuUsage()))
process.on('disconnect', () => process.exit())

/** The floor: what HTTP, Hono and Node.js cost by themselves. */
async function serveBare(): Promise<string> {
  const app = new Hono().get('/bare', (c) => c.json({ ok: true }))
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  return localUrl(HOST, await listen(server, { host: HOST, port: 0 }))
}

/** The kit on `node:http`, without anything of the demo. Its access tokens are not signed. */
async function serveKit(): Promise<string> {
  const sessions = createSessions({ store: await openStore(), accessToken: () => 'access token' })
  const register = toNodeHandler((request) =>
    sessions.start(request, { subject: 'bench', delivery: 'body' }),
  )
  const refresh = toNodeHandler(sessions.refresh)
  const server = createServer((request, response) => {
    const handle = request.url === '/auth/refresh' ? refresh : register
    void handle(request, response)
  })
  return localUrl(HOST, await listen(server, { host: HOST, port: 0 }))
}

async function openStore(): Promise<SessionStore> {
  if (databaseUrl === undefined) return memoryStore()
  const pool = new pg.Pool({ connectionString: databaseUrl })
  const store = postgresStore(prepared(pool))
  for (const statement of store.schema) await pool.query(statement)
  return store
}

/** Real password hashes and signatures. All clients have one address, so the limit by address is lifted. */
async function serveBackend(): Promise<string> {
  const { url } = await startServer({
    port: 0,
    databaseUrl,
    dataDir: undefined,
    attemptsPerAddress: 1_000_000_000,
    // The bench says where its requests come from.
    trustedProxies: ['127.0.0.1'],
    keyEncryptionKeys: [new Uint8Array(32).fill(7)],
    log: () => undefined,
  })
  return url
}
