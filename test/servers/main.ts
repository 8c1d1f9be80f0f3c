// npm run test:servers [-- --only NAME]: runs latchkey in Chromium against servers that nobody here wrote, each in a
// process of its own. Installs their packages, each server's for itself alone. Prints a Markdown table; exits with 1 if a
// story failed. `--only` takes a regular expression.
import { inspect, parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { pageOf } from '../bench/support/bundle.ts'
import { table } from '../bench/support/figures.ts'
import { installPeers, versionOf } from '../bench/support/install.ts'
import { withCleanup } from '../bench/support/with-cleanup.ts'
import { chromiumContext, startChromium } from '../browser/engines/chromium.ts'
import { ownEnvironment, startServer } from './running-server.ts'
import type { ForeignServer } from './server.ts'
import { SERVERS } from './servers.ts'
import { SessionLost, STORIES, type Story } from './stories.ts'

const HEAD = ['server', 'version', 'stories passed', 'failed', 'not possible']

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const wanted = SERVERS.filter(({ name }) => new RegExp(values.only, 'i').test(name))
if (wanted.length === 0) {
  const names = SERVERS.map(({ name }) => name).join('; ')
  process.stderr.write(`--only matches no server. There are: ${names}\n`)
  process.exit(2)
}

/** What came of the stories of a server. */
interface Outcome {
  readonly passed: number
  readonly failed: readonly string[]
  /** The stories that cannot end well with this server, as expected. */
  readonly notPossible: readonly string[]
}

const html = await pageOf(fileURLToPath(new URL('page.ts', import.meta.url)))
const rows: string[][] = []
let isGood = true
for (const server of wanted) {
  const folder = new URL(`${server.folder}/`, import.meta.url)
  try {
    // What is compiled, is for the Node.js that runs the server.
    installPeers(folder, ownEnvironment())
    const { passed, failed, notPossible } = await withCleanup((onFinished) =>
      tellStories(server, onFinished),
    )
    if (failed.length > 0) isGood = false
    rows.push([
      server.name,
      `${server.package} ${versionOf(folder, server.package)}`,
      String(passed),
      failed.join('; ') || '0',
      notPossible.join('; ') || '0',
    ])
  } catch (error) {
    process.stderr.write(`${String(error)}\n`)
    rows.push([server.name, server.package, 'not run', '', ''])
  }
}
process.stdout.write(`${table(HEAD, rows)}\n`)
process.exit(isGood ? 0 : 1)

async function tellStories(
  server: ForeignServer,
  onFinished: (undo: () => Promise<void>) => void,
): Promise<Outcome> {
  const running = await startServer(server, html, onFinished)
  const chromium = await startChromium()
  onFinished(() => chromium.close())
  let passed = 0
  const failed: string[] = []
  const notPossible: string[] = []
  for (const [name, tell] of Object.entries(STORIES)) {
    const context = await chromium.createBrowserContext()
    const cost = server.costs[name as Story]
    const failure = await tell({ browser: chromiumContext(context), server: running }).then(
      () => undefined,
      (error: unknown) => error,
    )
    await context.close()
    process.stderr.write(`${server.name}: ${name}: ${wordsOf(failure)}\n`)
    if (cost !== undefined && failure instanceof SessionLost) notPossible.push(`${name}: ${cost}`)
    else if (cost !== undefined)
      failed.push(`${name}: the session should be lost; ${wordsOf(failure)}`)
    else if (failure !== undefined) failed.push(`${name}: ${wordsOf(failure)}`)
    else passed++
  }
  return { passed, failed, notPossible }
}

function wordsOf(failure: unknown): string {
  if (failure === undefined) return 'passed'
  return (failure instanceof Error ? failure.message : inspect(failure)).replaceAll(/\s+/g, ' ')
}
