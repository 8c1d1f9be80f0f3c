// npm run bench:idle [-- --rounds 20 --runs 5 --only lateness]: what it costs to watch for idle users in Chromium, and
// how late an idle user is noticed, with latchkey and with react-idle-timer. No test fails because of a figure.
import { parseArgs } from 'node:util'
import { table } from '../support/figures.ts'
import { installPeers } from '../support/install.ts'
import { load, machine } from '../support/machine.ts'
import * as costs from './cost.ts'
import * as late from './lateness.ts'
import { FOLDER, libraries, type Library } from './libraries.ts'
import * as idle from './wakeups.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    runs: { type: 'string', default: '5' },
    only: { type: 'string' },
  },
})
const rounds = Number(values.rounds)
const runs = Number(values.runs)

/**
 * Every figure: its description, the head of its table, and the function that measures a row. Figures are measured one
 * after the other.
 */
const FIGURES: readonly {
  readonly name: string
  readonly about: string
  readonly head: readonly string[]
  readonly row: (library: Library) => Promise<string[]>
  readonly oneByOne: boolean
}[] = [
  {
    name: 'dispatched',
    about: `One event dispatched by script, 100,000 times in each of ${rounds} rounds, in turns, of which the median of the fastest stretches; latchkey takes script for a user here`,
    head: costs.DISPATCHED,
    row: (library) => costs.dispatched(library, rounds),
    oneByOne: true,
  },
  {
    name: 'trusted',
    about: `Real input: main-thread time of a move and a press, in ${rounds} rounds, in turns`,
    head: costs.TRUSTED,
    row: (library) => costs.trusted(library, rounds),
    oneByOne: true,
  },
  {
    name: 'wakeups',
    about: 'A minute without input, soon after the last',
    head: idle.HEAD,
    row: idle.wakeups,
    oneByOne: false,
  },
  {
    name: 'lateness',
    about: `The end was slept through: how late it is noticed; ${runs} runs, median (least–greatest)`,
    head: late.HEAD,
    row: (library) => late.lateness(library, runs),
    oneByOne: false,
  },
]

installPeers(FOLDER)
print(machine())
for (const { name, about, head, row, oneByOne } of FIGURES) {
  if (values.only !== undefined && values.only !== name) continue
  const rows = oneByOne ? await eachInTurn(row) : await Promise.all(libraries().map(row))
  print(`\n${about}\n\n${table(head, rows)}\n\n(${load()})`)
}

async function eachInTurn(row: (library: Library) => Promise<string[]>): Promise<string[][]> {
  const rows: string[][] = []
  for (const library of libraries()) rows.push(await row(library))
  return rows
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
