// For two-processes.test.ts: a server process with the kit on a database that another process has too. Prints its port.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { createClient } from 'redis'
import { createSessions, postgresStore, redisStore } from '../../../src/server/index.ts'
import { toNodeHandler } from '../../../src/server/node/index.ts'

const [kind, address = ''] = process.argv.slice(2)
const sessions = createSessions({
  store: kind === 'Redis' ? await openRedis() : openPostgres(),
  accessToken: () => 'access',
})
const start = (request: Request) =>
  sessions.start(request, { subject: 'alice', data: undefined, delivery: 'body' })

const server = createServer((request, response) => {
  const endpoint = request.url === '/auth/login' ? start : sessions.refresh
  toNodeHandler(endpoint)(request, response).catch(() => response.destroy())
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})

function openPostgres() {
  return postgresStore(new pg.Pool({ connectionString: address }))
}

async function openRedis() {
  const client = createClient({ socket: { path: address, tls: false } })
  await client.connect()
  return redisStore((...args) => client.sendCommand(args))
}
