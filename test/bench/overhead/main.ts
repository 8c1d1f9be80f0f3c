// npm run bench:overhead [-- --rounds 30 --only chromium]: what a call of authFetch costs beside the same call of the stub
// it wraps, signed in and with a fresh token, in Node.js and in Chromium. No test fails because of a figure.
import { parseArgs } from 'node:util'
import { median, table } from '../support/figures.ts'
import { load, machine } from '../support/machine.ts'
import { withCleanup } from '../support/with-cleanup.ts'
import { openChromium, openNode, type Host } from './hosts.ts'
import { SHAPES, STUBS, type Round } from './overhead.ts'

const HOSTS = { node: openNode, chromium: openChromium }
const HEAD = ['call', 'stub, ns', 'authFetch, ns', 'ratio', 'added, ns', 'added, bytes']

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '30' }, only: { type: 'string' } },
})

print(`${machine()}; ${values.rounds} rounds in turns, of which the median`)
for (const [name, open] of Object.entries(HOSTS)) {
  if (values.only !== undefined && values.only !== name) continue
  await withCleanup(async (onFinished) => report(await open(onFinished)))
}

async function report(host: Host): Promise<void> {
  for (const stub of Object.keys(STUBS)) {
    const rows: string[][] = []
    for (const shape of Object.keys(SHAPES)) rows.push(await row(host, stub, shape))
    print(`\n${host.name}, over a stub that returns ${stub}\n\n${table(HEAD, rows)}\n\n(${load()})`)
  }
}

async function row(host: Host, stub: string, shape: string): Promise<string[]> {
  const what = { stub, shape }
  const rounds = await host.time(what, Number(values.rounds))
  const bytes = (await host.allocate(what, 'authFetch')) - (await host.allocate(what, 'stub'))
  const middle = (of: (round: Round) => number, digits = 0): string =>
    median(rounds.map(of)).toFixed(digits)
  return [
    shape,
    middle((round) => round.stub),
    middle((round) => round.authFetch),
    // Of neighbours in time, which a busy moment slows alike.
    middle((round) => round.authFetch / round.stub, 3),
    middle((round) => round.authFetch - round.stub),
    bytes.toFixed(0),
  ]
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
