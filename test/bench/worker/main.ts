// npm run bench:worker [-- --runs 100 --at-once 8 --answer 1000 --only 'body, shared' --out FILE]: how many sessions are lost when a tab goes
// away in the middle of its refresh, with and without a worker (docs/guides/worker.md), in Chromium, at a strict server that knows no
// keys. `--only` is a regular expression for "mode, worker, case". Prints a Markdown table; FILE gets a copy.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { chromiumContext, startChromium } from '../../browser/engines/chromium.ts'
import type { WorkerKind } from '../../browser/support/worker-page.ts'
import { serveWorkerSite, type WorkerMode } from '../../browser/support/worker-site.ts'
import { table } from '../support/figures.ts'
import { load, machine } from '../support/machine.ts'
import { withCleanup } from '../support/with-cleanup.ts'
import { CASES, isLost, type Case } from './cases.ts'

const MODES: readonly WorkerMode[] = ['cookie', 'body']
const KINDS: Readonly<Record<WorkerKind, string>> = {
  none: 'no worker',
  shared: 'SharedWorker',
  extended: 'SharedWorker, extendedLifetime',
  service: 'service worker',
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100' },
    'at-once': { type: 'string', default: '4' },
    answer: { type: 'string', default: '1000' },
    only: { type: 'string', default: '' },
    out: { type: 'string' },
  },
})
const runs = Number(values.runs)
const atOnce = Number(values['at-once'])
const wanted = new RegExp(values.only)
const began = load()

const rows: string[][] = []
for (const mode of MODES)
  for (const kind of Object.keys(KINDS) as WorkerKind[]) {
    const cells: string[] = []
    for (const [name, story] of Object.entries(CASES))
      cells.push(wanted.test(`${mode}, ${kind}, ${name}`) ? await count(mode, kind, story) : '')
    if (cells.every((cell) => cell === '')) continue
    rows.push([`${mode}, ${KINDS[kind]}`, ...cells])
    process.stderr.write(`${rows.at(-1)?.join(' | ') ?? ''}\n`)
  }

const report = `${table(['sessions lost', ...Object.keys(CASES)], rows)}

${runs} runs each; the answer comes ${values.answer} ms after the tab has gone. In Chromium; the server ends a session when it sees a token twice.
${machine()} at the end, ${began} at the beginning.
`
process.stdout.write(report)
if (values.out !== undefined) writeFileSync(values.out, report)

async function count(mode: WorkerMode, kind: WorkerKind, story: Case): Promise<string> {
  let lost = 0
  for (let begun = 0; begun < runs; begun += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, runs - begun) })
    lost += await withCleanup(async (onFinished) => {
      const chromium = await startChromium()
      onFinished(() => chromium.close())
      // Each run has cookies, storage, workers and processes of its own.
      const losses = await Promise.all(
        batch.map(async () => {
          const site = await serveWorkerSite(mode, onFinished)
          const context = chromiumContext(await chromium.createBrowserContext())
          return isLost(story, { site, context, kind, answerMs: Number(values.answer) })
        }),
      )
      return losses.filter(Boolean).length
    })
  }
  return `${lost} of ${runs}`
}
