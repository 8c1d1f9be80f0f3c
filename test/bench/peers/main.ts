// npm run bench:peers [-- --runs 15 --latency 50 --only 'auth0|ky' --out FILE]: what happens to a session with latchkey
// and with other libraries in use today, in Chromium, against the same strict server. Prints a Markdown table; FILE
// gets a copy.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { launchChromium } from '../../browser/engines/chromium.ts'
import { startBenchServer, type BenchServer } from '../support/bench-server.ts'
import { pageOf, scriptOf } from '../support/bundle.ts'
import { spread, table } from '../support/figures.ts'
import { installPeers, versionOf } from '../support/install.ts'
import { load, machine } from '../support/machine.ts'
import { withCleanup } from '../support/with-cleanup.ts'
import { PEERS, type Peer } from './peers.ts'
import { addShims } from './shims.ts'
import { deadTab, fewer, logout, outage, storm, stragglers } from './scenarios.ts'
import type { Result, Stage } from './scenarios.ts'

const HEAD = [
  'library',
  'storm, 2 tabs: sessions lost, refreshes',
  '5 tabs',
  '10 tabs',
  'tab closed mid-refresh: sessions lost',
  'six straggling 401s: refreshes',
  '503 for a second: failed requests, refresh calls',
  'logout, in another tab',
]

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '15' },
    latency: { type: 'string', default: '50' },
    only: { type: 'string', default: '' },
    out: { type: 'string' },
  },
})

const folder = new URL('.', import.meta.url)
installPeers(folder)
const wanted = PEERS.filter(({ name }) => new RegExp(values.only).test(name))
const began = load()
const rows: string[][] = []
for (const peer of wanted) {
  const row = await compare(peer)
  rows.push(row)
  process.stderr.write(`${row.join(' | ')}\n`)
}

const report = `${table(HEAD, rows)}

Lost: the user has to sign in again. The server is strict: a spent refresh token that is sent again ends the session.
${values.runs} runs of each storm, ${fewer({ runs: Number(values.runs) })} of the rest; answers ${values.latency} ms late; refreshes are the median (least–greatest).
${machine()} at the end, ${began} at the beginning.

${[...new Set(wanted.map(({ name, packages, setup }) => `- ${name}${versions(packages)}: ${setup}`))].join('\n')}
`
process.stdout.write(report)
if (values.out !== undefined) writeFileSync(values.out, report)

async function compare(peer: Peer): Promise<string[]> {
  return await withCleanup(async (onFinished) => {
    const at = (file: string): string => fileURLToPath(new URL(`pages/${file}`, import.meta.url))
    const page = await pageOf(at(peer.page))
    const worker = await scriptOf(at('latchkey-worker.mjs'))
    const server = await startBenchServer(Number(values.latency), (app) => {
      app.get('/bench', (c) => c.html(page))
      app.get('/bench-worker.js', (c) => c.body(worker, 200, { 'content-type': 'text/javascript' }))
      addShims(app)
    })
    onFinished(() => server.close())
    const stage = await openStage(server, peer, onFinished)
    const storms = [await storm(stage, 2), await storm(stage, 5), await storm(stage, 10)]
    const dead = await deadTab(stage)
    const straggling = await stragglers(stage)
    const down = await outage(stage)
    return [
      peer.name + versions(peer.packages),
      ...storms.map(({ lost, runs, refreshes }) => `${lost} of ${runs}, ${spread(refreshes, 0)}`),
      `${dead.lost} of ${dead.runs}`,
      also(spread(straggling.refreshes, 0), straggling, true),
      also(`${down.failed} of ${down.sent}, ${spread(down.refreshes, 0)}`, down),
      await reach(stage),
    ]
  })
}

async function openStage(
  server: BenchServer,
  { query = '' }: Peer,
  onFinished: (undo: () => Promise<void>) => void,
): Promise<Stage> {
  const chromium = await launchChromium(onFinished)
  return {
    server,
    chromium,
    url: `${server.url}/bench${query}`,
    runs: Number(values.runs),
    spare: [],
  }
}

/** The figure, the failed requests if `hasFailures`, and the lost sessions. */
function also(figure: string, { lost, runs, failed, sent }: Result, hasFailures = false): string {
  const parts = [figure]
  if (hasFailures && failed > 0) parts.push(`${failed} of ${sent} requests failed`)
  if (lost > 0) parts.push(`${lost} of ${runs} sessions lost`)
  return parts.join('; ')
}

async function reach(stage: Stage): Promise<string> {
  const { eventMs, next } = await logout(stage)
  const event = eventMs === null ? 'no event' : `event after ${eventMs.toFixed(1)} ms`
  return `${event}; next request: ${next === 200 ? 'sent, 200' : String(next)}`
}

function versions(packages: readonly string[]): string {
  return packages.length === 0
    ? ''
    : ` ${packages.map((name) => versionOf(folder, name)).join(' + axios ')}`
}
