// Payload's REST API with a collection of users, on SQLite in memory.
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { sqliteAdapter } from '@payloadcms/db-sqlite'
import { buildConfig, getPayload, handleEndpoints } from 'payload'

const config = buildConfig({
  secret: 'a-secret',
  telemetry: false,
  typescript: { autoGenerate: false },
  collections: [{ slug: 'users', auth: true, fields: [{ name: 'name', type: 'text' }] }],
  db: sqliteAdapter({ client: { url: ':memory:' } }),
})
const payload = await getPayload({ config })
for (const name of ['alice', 'bob'])
  await payload.create({
    collection: 'users',
    data: { name, email: `${name}@example.com`, password: `${name}-password` },
  })

const server = createServer(async (incoming, outgoing) => {
  const { method, url, headers } = incoming
  const body = method === 'GET' ? undefined : Readable.toWeb(incoming)
  const request = new Request(new URL(url, process.env.ORIGIN), {
    method,
    headers,
    body,
    duplex: 'half',
  })
  const response = await handleEndpoints({ config, request })
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  outgoing.end(Buffer.from(await response.arrayBuffer()))
})
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
