// The tables that npm test prints at its end.
import { relative } from 'node:path'
import { root } from '../setup/tools.mjs'

const SHORTEST_LISTED_MS = 2_000

/** Prints how many browser tests have passed, failed and were skipped in each engine. */
export function printEngines(results) {
  const engines = results.filter(({ name }) => name.startsWith('browser-'))
  if (engines.length === 0) return
  console.log('\nBrowser tests by engine')
  table(
    ['engine', 'passed', 'failed', 'not possible'],
    engines.map(({ name, passed, failed, skipped }) => [
      name.replace('browser-', ''),
      passed,
      failed,
      skipped,
    ]),
  )
}

/** Prints how long each part took, and each file that took more than two seconds. */
export function printTimes(results) {
  console.log('\nSeconds by part, each beside others')
  table(
    ['part', 's'],
    [...results].sort((a, b) => b.ms - a.ms).map(({ name, ms }) => [name, seconds(ms)]),
  )
  const files = results.flatMap((result) =>
    result.files.map(({ name, ms }) => ({ part: result.name, file: relative(root, name), ms })),
  )
  const long = files.filter(({ ms }) => ms > SHORTEST_LISTED_MS).sort((a, b) => b.ms - a.ms)
  if (long.length === 0) return
  console.log(`\nSeconds by file, of those that took more than ${seconds(SHORTEST_LISTED_MS)}`)
  table(
    ['file', 'part', 's'],
    long.map(({ file, part, ms }) => [file, part, seconds(ms)]),
  )
}

/** Prints which tests failed, and which of them passed when they were tried again. */
export function printTroubles(results) {
  const troubles = results.flatMap((result) =>
    result.troubles.map((trouble) => ({ part: result.name, ...trouble })),
  )
  list(
    'Passed in their second attempt only: each is a fault to be found',
    troubles.filter(({ isFailed }) => !isFailed),
  )
  list(
    'Failed',
    troubles.filter(({ isFailed }) => isFailed),
  )
}

function list(title, troubles) {
  if (troubles.length === 0) return
  console.log(`\n${title}`)
  for (const { part, file, test, why } of troubles)
    console.log(`${part}  ${relative(root, file)}  ${test}\n  ${why}`)
}

function seconds(ms) {
  return (ms / 1_000).toFixed(1)
}

function table(head, rows) {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => String(row[column]).length)),
  )
  for (const row of [head, ...rows])
    console.log(
      row
        .map((cell, column) =>
          typeof cell === 'number' || column === head.length - 1
            ? String(cell).padStart(widths[column])
            : String(cell).padEnd(widths[column]),
        )
        .join('  '),
    )
}
