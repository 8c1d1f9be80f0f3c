// npm run test:mutation: installs its packages, which no other script needs, runs the unit tests against every mutant, and
// prints the table of test/README.md.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureTools, installLocked, root, run } from '../setup/tools.mjs'
import stryker from './stryker.config.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const env = ensureTools()
installLocked(here)
const program = join(here, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js')
const config = join('test', 'mutation', 'stryker.config.mjs')
const report = join(root, stryker.jsonReporter.fileName)
rmSync(report, { force: true })
const code = run(['node', program, 'run', config, ...process.argv.slice(2)], env)
// If a test fails without any mutant, Stryker writes no report.
if (existsSync(report)) printTable(JSON.parse(readFileSync(report, 'utf8')))
process.exit(code)

/** Prints a Markdown table of what became of the mutants, file by file. */
function printTable({ files }) {
  const counted = Object.entries(files).map(([file, { mutants }]) => [
    `\`${relative('src', file).replace(/\.ts$/, '')}\``,
    ...['Killed', 'Timeout', 'Survived', 'NoCoverage'].map(
      (status) => mutants.filter((mutant) => mutant.status === status).length,
    ),
  ])
  const sums = [1, 2, 3, 4].map((column) => counted.reduce((sum, row) => sum + row[column], 0))
  console.log('\n| file | killed | timed out | survived | not reached | score |')
  console.log('| --- | --: | --: | --: | --: | --: |')
  for (const [name, ...counts] of [...counted, ['all of these', ...sums]]) {
    const [killed, timedOut, survived, notReached] = counts
    const all = killed + timedOut + survived + notReached
    const score = ((100 * (killed + timedOut)) / all).toFixed(1)
    if (all > 0) console.log(`| ${[name, ...counts, `${score} %`].join(' | ')} |`)
  }
}
