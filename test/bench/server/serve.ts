// One server in a process of its own, forked by the bench: a bare Hono route, or the reference backend. Sends its URL.
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import type { Server } from 'node:http'
import { listen, localUrl } from '../../../demo/http-server.ts'
import { startServer } from '../../../demo/start-server.ts'

const [kind, databaseUrl] = process.argv.slice(2)
process.send?.(kind === 'bare' ? await serveBare() : await serveBackend())
process.on('disconnect', () => process.exit())

/** The floor: what HTTP, Hono and Node.js cost by themselves. */
async function serveBare(): Promise<string> {
  const app = new Hono().get('/bare', (c) => c.json({ ok: true }))
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  const host = '127.0.0.1'
  return localUrl(host, await listen(server, { host, port: 0 }))
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
