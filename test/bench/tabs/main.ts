// npm run bench:tabs [-- --runs 20 --latency 50 --only storm]: what latchkey costs and does in Chromium, with several
// tabs, against the reference backend. Ratios to a floor of the same run; no test fails because of a figure.
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { launchChromium } from '../../browser/engines/chromium.ts'
import { startBenchServer } from '../support/bench-server.ts'
import { pageOf } from '../support/bundle.ts'
import { table } from '../support/figures.ts'
import { load, machine } from '../support/machine.ts'
import { withCleanup } from '../support/with-cleanup.ts'
import * as logouts from './logout.ts'
import * as outages from './outage.ts'
import { MODES, type Mode, type Setting } from './setting.ts'
import * as storms from './storm.ts'
import * as straggling from './stragglers.ts'
import * as takeOvers from './take-over.ts'

type Row = (setting: Setting) => Promise<string[]>

/** Every figure: the head of its table, and the function that measures a row. */
const FIGURES: Readonly<
  Record<string, { readonly head: readonly string[]; readonly rows: Row[] }>
> = {
  storm: {
    head: storms.HEAD,
    rows: inEachMode((mode) =>
      [1, 2, 5, 10].map((tabs) => (setting) => storms.storm(setting, mode, tabs)),
    ),
  },
  stragglers: {
    head: straggling.HEAD,
    rows: inEachMode((mode) =>
      ([1, 2] as const).map((tabs) => (setting) => straggling.stragglers(setting, mode, tabs)),
    ),
  },
  'take-over': {
    head: takeOvers.HEAD,
    rows: inEachMode((mode) =>
      takeOvers.DEATHS.map((death) => (setting) => takeOvers.takeOver(setting, mode, death)),
    ),
  },
  logout: {
    head: logouts.HEAD,
    rows: inEachMode((mode) => [(setting) => logouts.logout(setting, mode)]),
  },
  outage: {
    head: outages.HEAD,
    rows: inEachMode((mode) =>
      [1, 5].map((tabs) => (setting) => outages.outage(setting, mode, tabs)),
    ),
  },
}

function inEachMode(rows: (mode: Mode) => Row[]): Row[] {
  return MODES.flatMap(rows)
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    latency: { type: 'string', default: '50' },
    only: { type: 'string' },
  },
})

await withCleanup(async (onFinished) => {
  const [latchkey, bare] = await Promise.all(
    ['latchkey-page.ts', 'bare-page.ts'].map((file) =>
      pageOf(fileURLToPath(new URL(file, import.meta.url))),
    ),
  )
  const server = await startBenchServer(Number(values.latency), (app) => {
    app.get('/bench/latchkey', (c) => c.html(latchkey ?? ''))
    app.get('/bench/bare', (c) => c.html(bare ?? ''))
  })
  onFinished(() => server.close())
  const chromium = await launchChromium(onFinished)
  const setting: Setting = { server, chromium, runs: Number(values.runs) }

  print(
    `${machine()}; answers ${values.latency} ms late; ${values.runs} runs: median (least–greatest)`,
  )
  for (const [name, { head, rows }] of Object.entries(FIGURES)) {
    if (values.only !== undefined && values.only !== name) continue
    const figures: string[][] = []
    for (const row of rows) {
      const cells = await row(setting)
      figures.push(cells)
      // A long run that is interrupted prints what it has so far.
      process.stderr.write(`${cells.join(' | ')}\n`)
    }
    print(`\n${table(head, figures)}\n\n(${load()})`)
  }
})

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
