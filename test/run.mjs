// npm test: everything, in order, each part usable alone (npm run lint, test:unit, …). Plain Node 20, no packages.
// Closes with "N passed, N failed"; a part that is not a vitest run counts as one test.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
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
      ['node', 'test/compat/main.ts'],
      ['publint', '--strict'],
      ['attw', '--pack', '.', '--profile', 'node16', '--quiet'],
      [process.execPath, 'test/package/published-files.mjs'],
      // On the machine's own Node.js, not on the tools': the package promises more than they do.
      [process.execPath, 'test/package/import.mjs'],
      [process.execPath, 'test/package/server-rendering.mjs'],
      [process.execPath, 'test/package/without-peers.mjs'],
      [process.execPath, 'test/package/without-page.mjs'],
      [process.execPath, 'test/package/check-server.mjs'],
    ],
  },
  size: { commands: [['tsup', '--silent'], ['size-limit']] },
  browser: { vitest: 'browser', needs: BROWSER },
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in parts))
if (unknown.length > 0)
  fail(`No such part: ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}.`)

const env = ensureTools()
const total = { passed: 0, failed: 0, skipped: 0 }
for (const name of wanted.length > 0 ? wanted : Object.keys(parts)) {
  const { passed, failed, skipped } = runPart(name, parts[name])
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`)
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0)

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
