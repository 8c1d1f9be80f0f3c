// npm run bench:server [-- --quick]: logins, refreshes and verified requests per second, compared with a bare Hono
// route of the same run; the kit alone, beside express-session with connect-pg-simple; and what a refresh takes as the table of sessions grows, and while dead ones are purged. No
// test fails because of a figure.
import { parseArgs } from 'node:util'
import { startPostgres } from '../../support/postgres.ts'
import { table } from '../support/figures.ts'
import { load, machine } from '../support/machine.ts'
import { withCleanup } from '../support/with-cleanup.ts'
import { buryDead, countDead, growTo, planOfLookUp, refreshes } from './growth.ts'
import * as loads from './load.ts'
import { installPeers } from '../support/install.ts'
import {
  PEERS,
  processorTimeUs,
  startBackends,
  startBare,
  startExpressSession,
  startKit,
} from './servers.ts'

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
  return measure([url], Array.from({ length: connections }, loads.bareChain))
})

const rows = [['bare Hono route', 'GET', ...cells(bare)]]
rows.push(...(await kitAlone()))
rows.push(...(await throughput('PGlite', 1)))
for (const instances of [1, 3])
  rows.push(
    ...(await throughput(`PostgreSQL, ${instances}`, instances, async (onFinished) => {
      const postgres = await startPostgres()
      onFinished(() => postgres.stop())
      return postgres.url
    })),
  )
const HEAD = [
  'server',
  'request',
  'per second',
  'of bare',
  'CPU µs',
  'of bare',
  'p50 ms',
  'p99 ms',
  'failures',
]
print(`\n${table(HEAD, rows)}\n\n(${load()})`)
await growth()

type OnFinished = Parameters<Parameters<typeof withCleanup>[0]>[0]

/** A request of any session, answered by a server that keeps it up to date: what rotation costs beside a plain cookie. */
async function kitAlone(): Promise<string[][]> {
  installPeers(PEERS)
  return withCleanup(async (onFinished) => {
    const postgres = await startPostgres()
    onFinished(() => postgres.stop())
    const kits = [
      ['kit alone, memory', await startKit(onFinished)],
      ['kit alone, PostgreSQL', await startKit(onFinished, postgres.url)],
    ] as const
    const figures: string[][] = []
    for (const [name, url] of kits) {
      const chains = (await newDevices([url])).map(loads.refreshChain)
      figures.push([name, 'refresh', ...cells(await measure([url], chains))])
    }
    const url = await startExpressSession(onFinished, postgres.url)
    const chains: loads.Chain[] = []
    while (chains.length < connections) chains.push(await loads.cookieChain(url))
    const load = await measure([url], chains)
    figures.push(['express-session, connect-pg-simple', 'any request', ...cells(load)])
    return figures
  })
}

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
      figures.push([name, request, ...cells(await measure(urls, chain))])
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
        const measured = await measure(urls, devices.map(loads.refreshChain))
        figures.push([String(size), ...cells(measured), await planOfLookUp(postgres.url)])
      }
    })
    await buryDead(postgres.url, dead)
    // The purge begins with the server, so everything below runs beside it.
    const urls = await startBackends(onFinished, 1, postgres.url)
    const measured = await measure(urls, (await newDevices(urls)).map(loads.refreshChain))
    const left = await countDead(postgres.url)
    figures.push([`${dead} dead purged`, ...cells(measured), `${left} left`])
    const head = [
      ...['sessions', 'per second', 'of bare', 'CPU µs', 'of bare', 'p50 ms', 'p99 ms', 'failures'],
      'found by',
    ]
    print(`\n${table(head, figures)}\n\n(${load()})`)
  })
}

async function newDevices([url]: readonly string[]): Promise<loads.Device[]> {
  if (url === undefined) throw new Error('There is no server.')
  const devices: loads.Device[] = []
  while (devices.length < connections) devices.push(await loads.newDevice(url))
  return devices
}

/** A load, and the processor time that the servers took for each request: it depends less on what else the machine does. */
interface Measured extends loads.Load {
  readonly processorUs: number
}

async function measure(urls: readonly string[], chains: readonly loads.Chain[]): Promise<Measured> {
  const before = await processorTimeUs(urls)
  const measured = await loads.sendLoad(urls, chains, seconds)
  const spent = (await processorTimeUs(urls)) - before
  return { ...measured, processorUs: spent / (measured.perSecond * seconds) }
}

function cells({ perSecond, processorUs, p50Ms, p99Ms, failures }: Measured): string[] {
  const times = [p50Ms, p99Ms].map((ms) => ms.toFixed(1))
  const ratios = [perSecond / bare.perSecond, processorUs / bare.processorUs]
  const [rate = '', work = ''] = ratios.map((ratio) => ratio.toPrecision(2))
  return [perSecond.toFixed(0), rate, processorUs.toFixed(0), work, ...times, String(failures)]
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
