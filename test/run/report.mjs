// What npm test says at its end.
import { relative } from 'node:path'
import { root } from '../setup/tools.mjs'

const WORTH_TELLING_MS = 2_000

/** Prints how many stories each engine has told, and how many it cannot tell. */
export function printStories(results) {
  const engines = results.filter(({ name }) => name.startsWith('browser-'))
  if (engines.length === 0) return
  console.log('\nStories by engine')
  table(
    ['engine', 'told', 'failed', 'not possible'],
    engines.map(({ name, passed, failed, skipped }) => [
      name.replace('browser-', ''),
      passed,
      failed,
      skipped,
    ]),
  )
}

/** Prints where the time went: by part, and by each file that took more than a moment. */
export function printTimes(results) {
  console.log('\nSeconds by part, each beside others')
  table(
    ['part', 's'],
    [...results].sort((a, b) => b.ms - a.ms).map(({ name, ms }) => [name, seconds(ms)]),
  )
  const files = results.flatMap((result) =>
    result.files.map(({ name, ms }) => ({ part: result.name, file: relative(root, name), ms })),
  )
  const long = files.filter(({ ms }) => ms > WORTH_TELLING_MS).sort((a, b) => b.ms - a.ms)
  if (long.length === 0) return
  console.log(`\nSeconds by file, of those that took more than ${seconds(WORTH_TELLING_MS)}`)
  table(
    ['file', 'part', 's'],
    long.map(({ file, part, ms }) => [file, part, seconds(ms)]),
  )
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
