// npm run coverage: what of src/core and src/fetch the unit tests never decide both ways. Prints the branches that were
// not taken, and nothing that was.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { ensureTools, fail, root, run } from './setup/tools.mjs'

const MEASURED = ['../src/core/**', '../src/fetch/**']

const env = ensureTools()
const folder = mkdtempSync(join(tmpdir(), 'latchkey-coverage-'))
const code = run(
  [
    'vitest',
    'run',
    ...['--config', 'test/vitest.config.ts', '--project', 'unit'],
    // The sources lie outside of the folder that vitest calls its root.
    ...['--coverage', '--coverage.allowExternal', '--coverage.reporter=json'],
    `--coverage.reportsDirectory=${folder}`,
    ...MEASURED.map((pattern) => `--coverage.include=${pattern}`),
  ],
  env,
)
if (code !== 0) fail('No figures: a test has failed.')
const files = JSON.parse(readFileSync(join(folder, 'coverage-final.json'), 'utf8'))
rmSync(folder, { recursive: true })

const branches = Object.values(files).flatMap(branchesOf)
const missed = branches.filter(({ isTaken }) => !isTaken)
for (const { where, source } of missed) console.log(`${where}  ${source}`)
console.log(`\n${branches.length - missed.length} of ${branches.length} branches were taken`)

function branchesOf({ path, branchMap, b: counts }) {
  const lines = readFileSync(path, 'utf8').split('\n')
  return Object.entries(branchMap).flatMap(([id, { loc, locations }]) =>
    locations.map(({ start }, index) => {
      // An `else` that is not written has no place of its own.
      const { line, column } = start.line === undefined ? loc.start : start
      return {
        where: `${relative(root, path)}:${line}:${column + 1}`,
        source: lines[line - 1].trim(),
        isTaken: counts[id][index] > 0,
      }
    }),
  )
}
