// npm test: everything, each part usable alone (npm run lint, test:unit, …). Plain Node 20, no packages.
// Closes with "N passed, N failed"; a part that is not a vitest run counts as one test.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureSystemPackages } from './setup/system.mjs'
import { ensureTools, fail, run } from './setup/tools.mjs'

const BROWSER = ['chromium']
const DATABASE = ['postgresql']

/** Each part's commands. `needs` are Debian packages without which the part's tests cannot run. */
const parts = {
  types: {
    commands: ['.', 'demo', 'test'].map((project) => ['tsc', '-p', project, '--noEmit']),
  },
  lint: {
    commands: [
      ['eslint', '-c', 'test/eslint.config.js', '.'],
      ['prettier', '--check', '--log-level=warn', '.'],
    ],
  },
  unit: { vitest: 'unit' },
  frameworks: { vitest: 'frameworks*' },
  server: { vitest: 'server', needs: DATABASE },
  package: {
    commands: [
      ['tsup', '--silent'],
      ['publint', '--strict'],
      ['attw', '--pack', '.', '--profile', 'node16', '--quiet'],
      // On the machine's own Node.js, not on the tools': the package promises more than they do.
      [process.execPath, 'test/package/import.mjs'],
      [process.execPath, 'test/package/server-rendering.mjs'],
      [process.execPath, 'test/package/without-peers.mjs'],
      [process.execPath, 'test/package/check-server.mjs'],
    ],
  },
  size: { commands: [['tsup', '--silent'], ['size-limit']] },
  browser: { vitest: 'browser', needs: BROWSER },
}

const wanted = process.argv.slice(2)
const names = wanted.length > 0 ? wanted : Object.keys(parts)
const unknown = names.filter((name) => !(name in parts))
if (unknown.length > 0)
  fail(`No such part: ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}.`)

const env = ensureTools()
const total = { passed: 0, failed: 0, skipped: 0 }
// Stories in a browser wait more than they work, so all other parts have the time to run meanwhile.
const beside = names.length > 1 && names.includes('browser') ? startBeside('browser') : undefined
for (const name of names) if (!beside || name !== 'browser') add(runPart(name, parts[name]))
if (beside) add(await beside())
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`)
// No sooner than all of it is written.
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0

function add({ passed, failed, skipped }) {
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
}

/** Starts a part in a process of its own; what comes back waits for its end, and only then prints what it has said. */
function startBeside(name) {
  // Two that install system packages at once would wait for each other.
  const missing = names.flatMap((each) => ensureSystemPackages(parts[each].needs ?? []))
  if (missing.length > 0 && process.env.CI) fail(`Install ${missing.join(', ')}: tests need it.`)
  console.log(`\n— ${name}: beside the others, and told after them`)
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'))
  const file = join(folder, 'output.txt')
  const output = openSync(file, 'w')
  const child = spawn(process.execPath, [import.meta.filename, name], {
    stdio: ['ignore', output, output],
  })
  const exited = once(child, 'exit')
  process.on('exit', () => {
    child.kill()
    rmSync(folder, { recursive: true, force: true })
  })
  return async () => {
    await exited
    const said = readFileSync(file, 'utf8')
    const closing = /\n(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\n$/.exec(said)
    console.log(said.slice(0, closing?.index))
    // A process that ends without its closing line has not told what became of its tests.
    const [passed, failed, skipped] = (closing ?? [0, 0, 1, 0]).slice(1).map((n) => Number(n ?? 0))
    return { passed, failed, skipped }
  }
}

function runPart(name, { commands, vitest, needs = [] }) {
  console.log(`\n— ${name}`)
  const missing = ensureSystemPackages(needs)
  if (missing.length > 0) {
    const message = `The ${name} tests need ${missing.join(', ')}, which this script installs when it is root on Debian. Install it and run again.`
    // A skipped test in CI would be a green light that nobody earned.
    if (process.env.CI) fail(message)
    console.warn(`SKIPPED: ${message}`)
    return { passed: 0, failed: 0, skipped: 1 }
  }
  if (vitest) return runVitest(vitest)
  const failed = commands.some((command) => run(command, env) !== 0)
  return { passed: failed ? 0 : 1, failed: failed ? 1 : 0, skipped: 0 }
}

function runVitest(project) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'))
  const report = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const command = ['vitest', 'run', '--config', 'test/vitest.config.ts', '--project', project]
  const code = run([...command, ...reporters], env)
  const result = readReport(report)
  rmSync(folder, { recursive: true })
  // A run can fail with every test green: a file that does not load, an unhandled rejection.
  return { ...result, failed: code === 0 ? result.failed : Math.max(result.failed, 1) }
}

function readReport(file) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(
      readFileSync(file, 'utf8'),
    )
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}
