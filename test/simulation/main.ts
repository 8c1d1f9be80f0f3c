// npm run simulate -- [--runs N] [--seed N] [--path P] [--jobs N] [--idle] [--shared] [--parked] [--worker] [--hasty]: tells random stories of tabs, and of all that can go
// wrong around them, to the real code, and checks after every step that what it promises holds. The same seed, the same stories.
import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import { simulate } from './simulate.ts'
import type { About } from './story.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    path: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    idle: { type: 'boolean', default: false },
    shared: { type: 'boolean', default: false },
    parked: { type: 'boolean', default: false },
    worker: { type: 'boolean', default: false },
    hasty: { type: 'boolean', default: false },
  },
})
const [runs, seed, jobs] = [Number(values.runs), Number(values.seed), Number(values.jobs)]
if (![runs, seed, jobs].every((number) => Number.isInteger(number) && number > 0)) {
  process.stderr.write('--runs, --seed and --jobs are whole numbers, 1 or more.\n')
  process.exit(2)
}

const ABOUT = ['idle', 'shared', 'parked', 'worker'] as const
const about: About = ABOUT.find((name) => values[name]) ?? 'anything'

const startedAt = performance.now()
const codes = await Promise.all(
  jobs === 1
    ? [alone()]
    : Array.from({ length: jobs }, (_, job) => child(Math.ceil(runs / jobs), seed + job)),
)
process.exitCode = Math.max(...codes)

async function alone(): Promise<number> {
  const { runs: done, violation } = await simulate({
    runs: values.path === undefined ? runs : 1,
    seed,
    path: values.path,
    about,
    isHasty: values.hasty,
  })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (violation === null) {
    process.stdout.write(`${done} stories from seed ${seed} in ${seconds} s, no violation.\n`)
    return 0
  }
  process.stderr.write(
    `${violation}\n\nFound in story ${done} from seed ${seed}, after ${seconds} s.\n`,
  )
  return 1
}

/** Each job tells stories of a seed of its own, in a process of its own. */
function child(share: number, itsSeed: number): Promise<number> {
  const args = [import.meta.filename, '--runs', String(share), '--seed', String(itsSeed)]
  if (about !== 'anything') args.push(`--${about}`)
  return new Promise((resolve) => {
    spawn(process.execPath, args, { stdio: 'inherit' }).on('exit', (code) => resolve(code ?? 1))
  })
}
