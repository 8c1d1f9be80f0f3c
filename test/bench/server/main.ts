// npm run bench:server [-- --quick]: logins, refreshes and verified requests per second, compared with a bare Hono
// route of the same run; and what a refresh takes as the table of sessions grows, and while dead ones are purged. No
// test fails because of a figure.
import { parseArgs } from 'node:util'
import { startPostgres } from '../../support/postgres.ts'
import { table } from '../support/figures.ts'
import { load, machine } from '../support/machine.ts'
import { withCleanup } from '../support/with-cleanup.ts'
import { buryDead, countDead, growTo, planOfLookUp, refreshes } from './growth.ts'
import * as loads from './load.ts'
import { startBackends, startBare } from './servers.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    connections: { type: 'string', default: '24' },
  },
})
const seconds = Number(values.seconds ?? (values.quick ? 2 : 20))
const connections = Number(values.connections)
const sizes = values.quick ? [1_000, 10_000] : [1_000, 10_000, 100_000, 1_000_000]
const dead = values.quick ? 2_000 : 100_000

print(`${machine()}; ${connections} connections, ${seconds} s each`)
const bare = await withCleanup(async (onFinished) => {
  const url = await startBare(onFinished)
  return loads.sendLoad([url], Array.from({ length: connections }, loads.bareChain), seconds)
})

const rows = [['bare Hono route', 'GET', ...cells(bare)]]
rows.push(...(await throughput('PGlite', 1)))
for (const instances of [1, 3])
  rows.push(
    ...(await throughput(`PostgreSQL, ${instances}`, instances, async (onFinished) => {
      const postgres = await startPostgres()
      onFinished(() => postgres.stop())
      return postgres.url
    })),
  )
const HEAD = ['server', 'request', 'per second', 'of bare', 'p50 ms', 'p99 ms', 'failures']
print(`\n${table(HEAD, rows)}\n\n(${load()})`)
await growth()

type OnFinished = Parameters<Parameters<typeof withCleanup>[0]>[0]

async function throughput(
  name: string,
  instances: number,
  startDatabase?: (onFinished: OnFinished) => Promise<string>,
): Promise<string[][]> {
  return withCleanup(async (onFinished) => {
    const urls = await startBackends(onFinished, instances, await startDatabase?.(onFinished))
    const devices = await newDevices(urls)
    const chains = {
      login: devices.map(loads.loginChain),
      refresh: devices.map(loads.refreshChain),
      verified: devices.map(loads.verifiedChain),
    }
    const figures: string[][] = []
    for (const [request, chain] of Object.entries(chains))
      figures.push([name, request, ...cells(await loads.sendLoad(urls, chain, seconds))])
    return figures
  })
}

async function growth(): Promise<void> {
  await withCleanup(async (onFinished) => {
    const postgres = await startPostgres()
    onFinished(() => postgres.stop())
    const figures: string[][] = []
    await withCleanup(async (onGrown) => {
      const urls = await startBackends(onGrown, 1, postgres.url)
      // Not counted: the code would still be compiled during the first row.
      await refreshes(urls, await newDevices(urls), Math.min(seconds, 5))
      for (const size of sizes) {
        const devices = await newDevices(urls)
        await growTo(postgres.url, size)
        const measured = await refreshes(urls, devices, seconds)
        figures.push([String(size), ...cells(measured), await planOfLookUp(postgres.url)])
      }
    })
    await buryDead(postgres.url, dead)
    // The purge begins with the server, so everything below runs beside it.
    const urls = await startBackends(onFinished, 1, postgres.url)
    const measured = await refreshes(urls, await newDevices(urls), seconds)
    const left = await countDead(postgres.url)
    figures.push([`${dead} dead purged`, ...cells(measured), `${left} left`])
    const head = ['sessions', 'per second', 'of bare', 'p50 ms', 'p99 ms', 'failures', 'found by']
    print(`\n${table(head, figures)}\n\n(${load()})`)
  })
}

async function newDevices([url]: readonly string[]): Promise<loads.Device[]> {
  if (url === undefined) throw new Error('There is no server.')
  const devices: loads.Device[] = []
  while (devices.length < connections) devices.push(await loads.newDevice(url))
  return devices
}

function cells({ perSecond, p50Ms, p99Ms, failures }: loads.Load): string[] {
  const ratio = perSecond / bare.perSecond
  const numbers = [perSecond.toFixed(0), ratio.toFixed(3), p50Ms.toFixed(1), p99Ms.toFixed(1)]
  return [...numbers, String(failures)]
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
