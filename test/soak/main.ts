// npm run test:soak -- [--minutes 60] [--seed N]: runs, in turns, random stories in the simulation, the browser tests that
// depend on timing in every engine, working days, and ten tabs at oidc-provider. Prints one table. Exits with 1 if anything
// has failed; the logs are in the folder that is printed below the table.
import { spawn } from 'node:child_process'
import { createWriteStream, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ENGINES } from '../browser/engines/names.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const [minutes, firstSeed] = [Number(values.minutes), Number(values.seed)]
if (!(minutes > 0) || !Number.isInteger(firstSeed)) {
  process.stderr.write('--minutes is a number above 0, --seed a whole number.\n')
  process.exit(2)
}

const SIMULATED_STORIES = 10_000
const TIMES = 5
const DAY_MINUTES = 4
/** The files whose tests depend on the order in which things happen. */
const TIMED = ['storms', 'reloads', 'interrupted-refresh', 'late-answer', 'losses', 'oidc-provider']

/** One kind of run. The kinds take turns, and each counts its own units. */
interface Work {
  readonly name: string
  readonly unit: string
  /** `report` is the file for a report in JSON, if the command writes one. */
  command(seed: number, report: string): readonly string[]
  readonly env?: (seed: number) => Readonly<Record<string, string>>
  /** Reads from the report and the exit code how many units were done and how many have failed. */
  count(report: string, code: number): { readonly done: number; readonly failed: number }
}

const works: readonly Work[] = [
  {
    name: 'simulation',
    unit: 'random stories',
    command: (seed) => [
      'node',
      'test/simulation/main.ts',
      '--runs',
      String(SIMULATED_STORIES),
      '--seed',
      String(seed),
    ],
    count: (_, code) => ({ done: SIMULATED_STORIES, failed: code === 0 ? 0 : 1 }),
  },
  ...ENGINES.flatMap((engine): Work[] => [
    {
      name: `timing in ${engine}`,
      unit: `tests, each ${String(TIMES)} times`,
      command: (_, report) => vitest(engine, TIMED, report),
      env: () => ({ TIMES: String(TIMES) }),
      count: readReport,
    },
    {
      name: `a working day in ${engine}`,
      unit: `days of ${String(DAY_MINUTES)} minutes`,
      command: (_, report) => vitest(engine, ['working-day'], report),
      env: (seed) => ({ MINUTES: String(DAY_MINUTES), SEED: String(seed) }),
      count: readReport,
    },
  ]),
  {
    name: 'ten tabs at oidc-provider',
    unit: 'runs of 60 token lifetimes',
    command: () => ['node', 'test/soak/oidc.ts', '--lifetimes', '60'],
    count: (_, code) => ({ done: 1, failed: code === 0 ? 0 : 1 }),
  },
]

const folder = mkdtempSync(join(tmpdir(), 'latchkey-soak-'))
const tallies = works.map(() => ({ done: 0, failed: 0, seconds: 0, seeds: [] as number[] }))
const endsAt = performance.now() + minutes * 60_000
for (let turn = 0; performance.now() < endsAt; turn++) await take(turn)
print()
process.exitCode = tallies.some(({ failed }) => failed > 0) ? 1 : 0

async function take(turn: number): Promise<void> {
  const index = turn % works.length
  const [work, tally] = [works[index], tallies[index]]
  if (!work || !tally) throw new Error(`There is no run ${String(index)}`)
  const seed = firstSeed + turn
  const startedAt = performance.now()
  process.stderr.write(`${work.name}, seed ${String(seed)} …\n`)
  const path = join(folder, `turn-${String(turn)}`)
  const report = `${path}.json`
  const code = await run(work, seed, report, `${path}.log`)
  const { done, failed } = work.count(report, code)
  tally.done += done
  tally.failed += failed
  tally.seconds += (performance.now() - startedAt) / 1_000
  if (failed > 0) tally.seeds.push(seed)
}

function run(work: Work, seed: number, report: string, logFile: string): Promise<number> {
  const [program = '', ...args] = work.command(seed, report)
  const log = createWriteStream(logFile)
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...work.env?.(seed) },
    shell: process.platform === 'win32',
  })
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  return new Promise((resolve) => {
    child.on('close', (code) => {
      log.end()
      resolve(code ?? 1)
    })
  })
}

function vitest(engine: string, files: readonly string[], report: string): readonly string[] {
  const project = ['--project', `browser-${engine}`]
  const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${report}`]
  // A soak counts what fails, be it once.
  const rest = ['--retry=0', ...project, ...reporters, ...files]
  return ['vitest', 'run', '--config', 'test/vitest.config.ts', ...rest]
}

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
}

function readReport(file: string, code: number): { done: number; failed: number } {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report
    const failed = report.numFailedTests
    return { done: report.numPassedTests + failed, failed: code === 0 ? 0 : Math.max(1, failed) }
  } catch {
    return { done: 0, failed: 1 }
  }
}

function print(): void {
  const rows = works.map(({ name, unit }, index) => {
    const tally = tallies[index]
    return [
      name,
      `${String(tally?.done)} ${unit}`,
      String(tally?.failed),
      ((tally?.seconds ?? 0) / 60).toFixed(1),
      tally?.seeds.join(' ') ?? '',
    ]
  })
  const head = ['what', 'done', 'failed', 'minutes', 'failed with seed']
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`
  const rule = widths.map((width) => '-'.repeat(width))
  process.stdout.write([head, rule, ...rows].map(line).join(''))
  process.stdout.write(`\nLogs: ${folder}\n`)
}
