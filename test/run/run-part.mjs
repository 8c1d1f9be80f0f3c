// Runs one part of the tests.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, spawnArguments } from '../setup/tools.mjs'

/**
 * Resolves to the part's name, its counts, the milliseconds it took, its test files and what failed. A part that runs beside others
 * prints its output in one piece when it is over, and has one worker.
 */
export async function runPart(name, { commands, vitest, env: own }, { env, isAlone }) {
  const startedAt = performance.now()
  const output = []
  const start = (command) => runCommand(command, { ...env, ...own }, isAlone ? undefined : output)
  if (isAlone) console.log(`\n— ${name}`)
  const result = vitest ? await runVitest(vitest, isAlone, start) : await runAll(commands, start)
  const ms = performance.now() - startedAt
  if (!isAlone) console.log(`\n— ${name}\n${output.join('').trim()}`)
  return { name, ms, ...result }
}

async function runAll(commands, start) {
  for (const command of commands)
    if ((await start(command)) !== 0) {
      const trouble = { file: root, test: command.join(' '), isFailed: true, why: 'see above' }
      return { passed: 0, failed: 1, skipped: 0, files: [], troubles: [trouble] }
    }
  return { passed: 1, failed: 0, skipped: 0, files: [], troubles: [] }
}

async function runVitest(projects, isAlone, start) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'))
  const report = join(folder, 'report.json')
  const code = await start([
    'vitest',
    'run',
    '--config',
    'test/vitest.config.ts',
    ...projects.flatMap((project) => ['--project', project]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...(isAlone ? [] : ['--maxWorkers=1']),
  ])
  const result = readReport(report)
  rmSync(folder, { recursive: true })
  // A run can fail although every test has passed: for a file that does not load, or an unhandled rejection.
  return { ...result, failed: code === 0 ? result.failed : Math.max(result.failed, 1) }
}

function readReport(file) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'))
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests,
      files: report.testResults.map(({ name, startTime, endTime }) => ({
        name,
        ms: endTime - startTime,
      })),
      troubles: report.testResults.flatMap(troublesOf),
    }
  } catch {
    return { passed: 0, failed: 1, skipped: 0, files: [], troubles: [] }
  }
}

/** The tests of a file that failed, be it in their first attempt only, and the file itself if it did not load. */
function troublesOf({ name: file, status, message, assertionResults }) {
  const tests = assertionResults
    .filter(({ failureMessages }) => failureMessages.length > 0)
    .map(({ fullName, status, failureMessages: [first] }) => ({
      file,
      test: fullName,
      isFailed: status === 'failed',
      why: first.split('\n', 1)[0],
    }))
  if (status !== 'failed' || tests.some(({ isFailed }) => isFailed)) return tests
  return [...tests, { file, test: 'the file itself', isFailed: true, why: message }]
}

/** Resolves to the exit code. Collects the output in `output` if there is one, and otherwise prints it. */
function runCommand(command, env, output) {
  return new Promise((resolve) => {
    const [program, args, shell] = spawnArguments(command)
    const child = spawn(program, args, {
      cwd: root,
      env,
      stdio: output ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      shell,
    })
    child.stdout?.on('data', (data) => output.push(String(data)))
    child.stderr?.on('data', (data) => output.push(String(data)))
    child.on('error', ({ message }) => {
      console.error(`${program} did not start: ${message}`)
      resolve(1)
    })
    child.on('close', (code) => resolve(code ?? 1))
  })
}
