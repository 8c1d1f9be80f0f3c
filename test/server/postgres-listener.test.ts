import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { onTestFinished, test } from 'vitest'
import { connectPostgres } from '../../demo/database/postgres-database.ts'
import { startPostgres } from '../support/postgres.ts'
import { until, within } from '../support/patience.ts'

test('stops while it connects again to a database that was away', async () => {
  const postgres = await startPostgres()
  onTestFinished(() => postgres.stop())
  const proxy = await startProxy(new URL(postgres.url).searchParams.get('host') ?? '')
  const database = connectPostgres(proxy.url)
  onTestFinished(() => database.close())
  const stop = await database.listen('news', {
    onMessage: () => undefined,
    onResumed: () => undefined,
  })
  proxy.hold()
  await until('it connects again', () => proxy.held() > 0)
  const stopped = stop()
  proxy.letThrough()
  await within('it has stopped', stopped)
})

/** A TCP proxy in front of PostgreSQL's socket. It can break its connections, and keep new ones waiting. */
async function startProxy(folder: string) {
  const sockets = new Set<Socket>()
  const waiting: Socket[] = []
  let isHeld = false
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    if (isHeld) waiting.push(socket)
    else forward(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  function forward(socket: Socket): void {
    const upstream = connect(join(folder, '.s.PGSQL.5432'))
    sockets.add(upstream)
    upstream.on('error', () => undefined)
    socket.pipe(upstream).pipe(socket)
  }
  return {
    url: `postgresql://postgres@127.0.0.1:${String((server.address() as AddressInfo).port)}/postgres`,
    hold() {
      isHeld = true
      for (const socket of sockets) socket.destroy()
    },
    held: () => waiting.length,
    letThrough() {
      for (const socket of waiting.splice(0)) forward(socket)
    },
  }
}
