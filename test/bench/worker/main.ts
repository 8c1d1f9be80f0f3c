// npm run bench:worker [-- --runs 100 --at-once 8 --engine firefox --answer 1000 --only 'body, shared' --out FILE]: how many sessions are
// lost when a tab goes away in the middle of its refresh, with and without a worker (docs/guides/worker.md), at a strict server that knows
// no keys. `--only` is a regular expression for "mode, worker, case". Prints a Markdown table; FILE gets a copy.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { LACKS } from '../../browser/engines/features.ts'
import { ENGINES, type EngineName } from '../../browser/engines/names.ts'
import type { WorkerKind } from '../../browser/support/worker-page.ts'
import { serveWorkerSite, type WorkerMode } from '../../browser/support/worker-site.ts'
import { table } from '../support/figures.ts'
import { load, machine } from '../support/machine.ts'
import { withCleanup } from '../support/with-cleanup.ts'
import { START } from './browsers.ts'
import { CASES, featuresOf, isLost, type Case } from './cases.ts'

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
    engine: { type: 'string', default: 'chromium' },
    answer: { type: 'string', default: '1000' },
    only: { type: 'string', default: '' },
    out: { type: 'string' },
  },
})
const engine = engineNamed(values.engine)
const start = START[engine]
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

${runs} runs each; the answer comes ${values.answer} ms after the tab has gone. In ${engine}; the server ends a session when it sees a token twice.
${machine()} at the end, ${began} at the beginning.
`
process.stdout.write(report)
if (values.out !== undefined) writeFileSync(values.out, report)

function engineNamed(name: string): EngineName {
  const engine = ENGINES.find((known) => known === name)
  if (!engine) throw new Error(`--engine is one of ${ENGINES.join(', ')}`)
  return engine
}

async function count(mode: WorkerMode, kind: WorkerKind, story: Case): Promise<string> {
  if (featuresOf(mode, kind, story).some((feature) => LACKS[engine][feature] !== undefined))
    return 'not possible'
  let told = 0
  let lost = 0
  while (told < runs) {
    const batch = Array.from({ length: Math.min(atOnce, runs - told) })
    const before = told
    await withCleanup(async (onFinished) => {
      // Each run has cookies, storage, workers and processes of its own.
      const newContext = await start(onFinished)
      const ends = await Promise.allSettled(
        batch.map(async () => {
          const site = await serveWorkerSite(mode, onFinished)
          const context = await newContext()
          return isLost(story, { site, context, kind, answerMs: Number(values.answer) })
        }),
      )
      for (const end of ends) {
        if (end.status === 'fulfilled') told++
        else process.stderr.write(`Repeated: ${mode}, ${kind}: ${String(end.reason)}\n`)
        if (end.status === 'fulfilled' && end.value) lost++
      }
    })
    if (told === before) throw new Error('No run came to its end')
  }
  return `${lost} of ${told}`
}
