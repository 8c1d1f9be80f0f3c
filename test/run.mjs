// npm test: everything, as many parts at a time as the machine has cores. A part can run alone: npm run lint, test:unit, …
// Closes with "N passed, N failed"; a part that is not a vitest run counts as one test. Plain Node 20, no packages.
import { availableParallelism } from 'node:os'
import { installSystemPackages } from './setup/system.mjs'
import { ensureTools, fail } from './setup/tools.mjs'
import { printEngines, printTimes, printTroubles } from './run/report.mjs'
import { runPart } from './run/run-part.mjs'

const ENGINES = {
  chromium: ['chromium'],
  firefox: ['firefox-esr'],
  webkit: ['webkit2gtk-driver', 'xvfb'],
}

const BUILD = ['tsup', '--silent']
const SIZES = ['size-limit']

/**
 * The parts of the tests. `needs` are Debian packages without which a part cannot run. The longest parts come first, so
 * that no long one runs alone at the end.
 */
const parts = {
  ...Object.fromEntries(
    Object.entries(ENGINES).map(([engine, needs]) => [
      `browser-${engine}`,
      { vitest: [`browser-${engine}`], needs },
    ]),
  ),
  server: { vitest: ['server'], needs: ['postgresql', 'redis-server'] },
  unit: { vitest: ['unit'] },
  lint: {
    commands: [
      ['eslint', '-c', 'test/eslint.config.js', '.'],
      ['prettier', '--check', '--log-level=warn', '.'],
    ],
  },
  package: {
    // The commands that pack the package need not build it again.
    env: { npm_config_ignore_scripts: 'true' },
    commands: [
      BUILD,
      ['node', 'test/compat/main.ts'],
      ['publint', '--strict'],
      ['attw', '--pack', '.', '--profile', 'node16', '--quiet'],
      [process.execPath, 'test/package/published-files.mjs'],
      [process.execPath, 'test/package/server-only.mjs'],
      [process.execPath, 'test/package/no-devtools.mjs'],
      // On the machine's own Node.js, not on the tools': the package promises more than they do.
      [process.execPath, 'test/package/import.mjs'],
      [process.execPath, 'test/package/server-rendering.mjs'],
      [process.execPath, 'test/package/without-peers.mjs'],
      [process.execPath, 'test/package/without-page.mjs'],
      [process.execPath, 'test/package/check-server.mjs'],
      SIZES,
    ],
  },
  types: { commands: ['.', 'demo', 'test'].map((project) => ['tsc', '-p', project, '--noEmit']) },
  docs: { commands: [[process.execPath, 'docs/run.mjs', 'build']] },
  frameworks: {
    vitest: ['', '-react-18', '-angular-20', '-angular-21'].map((name) => `frameworks${name}`),
  },
}

/** Further names that can be given: a piece of a part, parts that `npm test` leaves out, and several parts. */
const pieces = {
  size: { commands: [BUILD, SIZES] },
  // Installs the clients that others wrote.
  recipes: { vitest: ['recipes'], needs: ENGINES.chromium },
}
const names = {
  ...Object.fromEntries(Object.keys({ ...parts, ...pieces }).map((name) => [name, [name]])),
  all: Object.keys(parts),
  browser: browserParts(process.env.ENGINE),
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in names))
if (unknown.length > 0)
  fail(`No such part: ${unknown.join(', ')}. There are: ${Object.keys(names).join(', ')}.`)
const wanted = (asked.length > 0 ? asked : ['all']).flatMap((name) => names[name])
const all = { ...parts, ...pieces }

// The system's packages and npm's are installed at the same time.
const packages = installSystemPackages(wanted.flatMap((name) => all[name].needs ?? []))
const env = ensureTools()
const missing = await packages

const results = []
const queue = [...wanted]
const lanes = wanted.length === 1 ? 1 : availableParallelism() + 1
await Promise.all(Array.from({ length: lanes }, work))

printEngines(results)
printTimes(results)
printTroubles(results)
const count = (outcome) => results.reduce((sum, result) => sum + result[outcome], 0)
const skipped = count('skipped') > 0 ? `, ${count('skipped')} skipped` : ''
console.log(`\n${count('passed')} passed, ${count('failed')} failed${skipped}`)
process.exit(count('failed') > 0 || count('passed') === 0 ? 1 : 0)

async function work() {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const lacking = (all[name].needs ?? []).filter((needed) => missing.includes(needed))
    results.push(
      lacking.length > 0
        ? skip(name, lacking)
        : await runPart(name, all[name], { env, isAlone: lanes === 1 }),
    )
  }
}

function skip(name, lacking) {
  const message = `The ${name} tests need ${lacking.join(', ')}, which this script installs when it is root on Debian. Install it and run again.`
  // In CI a skipped part has to fail the run.
  if (process.env.CI) fail(message)
  console.warn(`SKIPPED: ${message}`)
  return { name, passed: 0, failed: 0, skipped: 1, ms: 0, files: [], troubles: [] }
}

function browserParts(engine) {
  const engines = engine === undefined ? Object.keys(ENGINES) : [engine]
  if (engines.some((each) => !(each in ENGINES)))
    fail(`ENGINE must be one of ${Object.keys(ENGINES).join(', ')}; it is ${engine}.`)
  return engines.map((each) => `browser-${each}`)
}
