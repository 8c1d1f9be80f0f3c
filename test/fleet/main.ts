// npm run simulate:fleet -- [--clients N] [--seed N] [--no-charts]: how often a million browsers ask the auth server
// for new tokens, by the SDK's own rules: over a day, after a deploy that signs all users in at once, and after an
// outage. Prints a table, draws the charts of docs/scale, and exits with 1 if there are more refreshes after an outage
// than there may be. The same seed gives the same figures.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { table } from '../bench/support/figures.ts'
import { drawChart, type Line } from './draw-chart.ts'
import {
  aDay,
  aDeploy,
  allowedAfterOutage,
  anOutage,
  EVENT_S,
  OUTAGE_S,
  rateOf,
  TOLERANCE,
  type Deploy,
  type Outage,
  type Outcome,
} from './scenarios.ts'

const CHARTS = join(import.meta.dirname, '../../docs/scale')

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    charts: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const size = { clients: Number(values.clients), seed: Number(values.seed) }
if (![size.clients, size.seed].every((number) => Number.isInteger(number) && number > 0)) {
  process.stderr.write('--clients and --seed are whole numbers, 1 or more.\n')
  process.exit(2)
}

const startedAt = performance.now()
const clients = size.clients.toLocaleString('en')
const days = eachJitter((hasJitter) => aDay(size, hasJitter))
const deploys = [
  deploy('all day', { isResident: true, hasJitter: true, drawsLifetimes: false }),
  deploy('all day', { isResident: true, hasJitter: false, drawsLifetimes: false }),
  deploy('all day', { isResident: true, hasJitter: true, drawsLifetimes: true }),
  deploy('come and go', { isResident: false, hasJitter: true, drawsLifetimes: false }),
  deploy('come and go', { isResident: false, hasJitter: true, drawsLifetimes: true }),
]
const outages = (['visitors', 'residents', 'residents, long tokens', 'herd'] as const).map(
  (users) => ({ users, ...eachJitter((hasJitter) => anOutage(size, { users, hasJitter })) }),
)

print(`${clients} clients, seed ${size.seed}; refreshes per second.`)
print(
  table(
    ['a day, users who come and go', 'mean', 'busiest second'],
    [
      ['with jitter', ...rates(days.jittered.steady, days.jittered.peak)],
      ['without', ...rates(days.even.steady, days.even.peak)],
    ],
  ),
)
print(
  table(
    ['all signed in within ten seconds', 'users', 'before', 'busiest second', 'times'],
    deploys.map(({ users, name, outcome: { steady, peak } }) => [
      name,
      users,
      ...rates(steady, peak),
      (peak / steady).toFixed(1),
    ]),
  ),
)
const WORDS: Readonly<Record<Outage['users'], string>> = {
  visitors: 'come and go, tokens of 10 min',
  residents: 'all day, tokens of 10 min',
  'residents, long tokens': 'all day, tokens of 15 min',
  herd: 'all day, signed in at once just before',
}
print(
  table(
    [
      'ten minutes without auth server',
      'before',
      'allowed',
      'busiest second after',
      'without jitter',
    ],
    outages.map(({ users, jittered, even }) => [
      WORDS[users],
      ...rates(jittered.steady, allowedAfterOutage(jittered.steady), jittered.peak, even.peak),
    ]),
  ),
)
if (values.charts) draw()

const broken = outages.filter(({ jittered: { steady, peak } }) => peak > allowedAfterOutage(steady))
for (const { users } of broken) {
  const many = `more than ${TOLERANCE} times the backlog spread over the cap of the back-off`
  process.stderr.write(`After the outage (${WORDS[users]}) the busiest second sees ${many}.\n`)
}
print(`${((performance.now() - startedAt) / 1_000).toFixed(0)} s.`)
process.exitCode = broken.length > 0 ? 1 : 0

function eachJitter<T>(of: (hasJitter: boolean) => T): { readonly jittered: T; readonly even: T } {
  return { jittered: of(true), even: of(false) }
}

function deploy(users: string, how: Deploy) {
  const name = how.drawsLifetimes
    ? 'and the server draws lifetimes'
    : how.hasJitter
      ? 'with jitter'
      : 'without'
  return { users, name, outcome: aDeploy(size, how) }
}

function rates(...perSecond: readonly number[]): string[] {
  return perSecond.map((rate) => Math.round(rate).toLocaleString('en'))
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`)
}

function draw(): void {
  mkdirSync(CHARTS, { recursive: true })
  const save = (name: string, chart: Parameters<typeof drawChart>[0]): void =>
    writeFileSync(join(CHARTS, `${name}.svg`), drawChart(chart))

  save('day', {
    title: 'A day',
    subtitle: `${clients} users of one time zone, who open a page four times a day and come and go`,
    time: 'hour of the day',
    lines: [
      line('with jitter', days.jittered, 300, (second) => second / 3_600),
      line('without', days.even, 300, (second) => second / 3_600),
    ],
  })
  save('deploy', {
    title: 'After a deploy that signs everybody in at once',
    subtitle: `${clients} users who stay at the page all day, signed in within ten seconds at minute 0`,
    time: 'minutes',
    lines: deploys
      .filter(({ users }) => users === 'all day')
      .map(({ name, outcome }) => line(name, outcome, 5, (second) => (second - EVENT_S) / 60)),
  })
  const worst = outages.find(({ users }) => users === 'residents, long tokens')
  const herd = outages.find(({ users }) => users === 'herd')
  if (!worst || !herd) return
  const minutes = (second: number): number => (second - EVENT_S) / 60
  save('outage', {
    title: 'Ten minutes without an auth server',
    subtitle: `${clients} users who stay at the page all day, with tokens of 15 minutes`,
    time: 'minutes',
    shaded: { from: 0, to: OUTAGE_S / 60, name: '503' },
    limit: { rate: allowedAfterOutage(worst.jittered.steady), name: 'allowed after it' },
    lines: [
      line('with jitter', worst.jittered, 5, minutes),
      line('without', worst.even, 5, minutes),
    ],
  })
  save('herd', {
    title: 'Ten minutes without an auth server, while the tokens of all run out at once',
    subtitle: `${clients} users who stay at the page all day, with tokens of 10 minutes`,
    time: 'minutes',
    shaded: { from: 0, to: OUTAGE_S / 60, name: '503' },
    limit: { rate: allowedAfterOutage(herd.jittered.steady), name: 'allowed after it' },
    lines: [line('with jitter', herd.jittered, 5, minutes), line('without', herd.even, 5, minutes)],
  })
}

function line(
  name: string,
  { refreshes }: Outcome,
  stepS: number,
  at: (second: number) => number,
): Line {
  const steps = Math.floor(refreshes.length / stepS)
  const points = Array.from({ length: steps }, (_, step) => ({
    at: at(step * stepS + stepS / 2),
    rate: rateOf(refreshes, step * stepS, (step + 1) * stepS),
  }))
  return { name, points }
}
