// npm run bench:overhead [-- --rounds 30 --only chromium --call "a string"]: what a call of authFetch costs compared
// with the same call of the stub that it wraps, signed in and with a fresh token, in Node.js and in Chromium. No test
// fails because of a figure.
import { parseArgs } from 'node:util'
import { median, table } from '../support/figures.ts'
import { load, machine } from '../support/machine.ts'
import { withCleanup } from '../support/with-cleanup.ts'
import { openChromium, openNode, type Host } from './hosts.ts'
import { SHAPES, STUBS, type Round } from './overhead.ts'

const HOSTS = { node: openNode, chromium: openChromium }
const HEAD = [
  'call',
  'stub, ns',
  'authFetch adds, ns',
  'ratio',
  'adds, bytes',
  'a bare wrapper adds, ns',
  'ratio',
]

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    only: { type: 'string' },
    call: { type: 'string' },
  },
})

const calls = Object.keys(SHAPES).filter((shape) => (values.call ?? shape) === shape)
if (calls.length === 0) throw new Error(`--call is one of: ${Object.keys(SHAPES).join(', ')}`)

print(`${machine()}; ${values.rounds} rounds in turns, of which the median`)
for (const [name, open] of Object.entries(HOSTS)) {
  if (values.only !== undefined && values.only !== name) continue
  await withCleanup(async (onFinished) => report(await open(onFinished)))
}

async function report(host: Host): Promise<void> {
  for (const stub of Object.keys(STUBS)) {
    const rows: string[][] = []
    for (const shape of calls) rows.push(await row(host, stub, shape))
    print(`\n${host.name}, over a stub that returns ${stub}\n\n${table(HEAD, rows)}\n\n(${load()})`)
  }
}

async function row(host: Host, stub: string, shape: string): Promise<string[]> {
  const what = { stub, shape }
  const rounds = await host.time(what, Number(values.rounds))
  const bytes = (await host.allocate(what, 'authFetch')) - (await host.allocate(what, 'stub'))
  const middle = (of: (round: Round) => number, digits = 0): string =>
    median(rounds.map(of)).toFixed(digits)
  // The difference of rounds next to each other, since a busy moment slows both.
  const compared = (subject: 'authFetch' | 'wrapper'): string[] => [
    middle((round) => round[subject] - round.stub),
    middle((round) => round[subject] / round.stub, 3),
  ]
  return [
    shape,
    middle((round) => round.stub),
    ...compared('authFetch'),
    bytes.toFixed(0),
    ...compared('wrapper'),
  ]
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
