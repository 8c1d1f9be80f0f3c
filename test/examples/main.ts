// npm run test:examples [-- --only NAME]: packs the package, builds each application of docs/examples on it, and uses it in
// Chromium as its users would. Installs each example's packages into its own folder. Prints a Markdown table; exits with 1 if
// a story failed.
import assert from 'node:assert/strict'
import { parseArgs } from 'node:util'
import { build, EXAMPLES, install, pack } from '../../docs/examples/examples.mjs'
import { table } from '../bench/support/figures.ts'
import { withCleanup } from '../bench/support/with-cleanup.ts'
import { runCommand } from './command.ts'
import { OWN_STORIES, STORIES, type Story } from './stories.ts'
import { startExample } from './running-example.ts'

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const wanted = EXAMPLES.filter((name) => name.startsWith(values.only))
if (wanted.length === 0) {
  process.stderr.write(`--only matches no example. There are: ${EXAMPLES.join(', ')}\n`)
  process.exit(2)
}

/** The example whose command is run as well. They differ in the name alone. */
const COMMANDED = 'plain'

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

pack(process.env)
install('server')
const rows: string[][] = []
for (const name of wanted) {
  const startedAt = performance.now()
  const stories = Object.entries({ ...STORIES, ...OWN_STORIES[name] })
  const failed = await tell(name, stories).catch((error: unknown) => {
    process.stderr.write(`${name}: ${String(error)}\n`)
    return ['the build or the start']
  })
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0)
  rows.push([name, String(stories.length), failed.join('; ') || '0', `${seconds} s`])
}
if (wanted.includes(COMMANDED)) {
  const failure = await runCommand(COMMANDED).then(
    () => '0',
    (error: unknown) => String(error),
  )
  rows.push([`npm run example ${COMMANDED}`, '1', failure, ''])
}
process.stdout.write(`${table(['example', 'stories', 'failed', 'took'], rows)}\n`)
process.exit(rows.every(([, , failed]) => failed === '0') ? 0 : 1)

/** Builds an example and tells its stories. Resolves to the names of those that failed. */
async function tell(
  name: string,
  stories: readonly (readonly [string, Story])[],
): Promise<readonly string[]> {
  install(name)
  build(name, process.env)
  const failed: string[] = []
  for (const [what, story] of stories)
    await withCleanup(async (onFinished) => {
      const example = await startExample(name, onFinished)
      await story(example)
      assert.deepEqual(example.errors, [])
    }).then(
      () => process.stderr.write(`${name}, ${what}: works\n`),
      (error: unknown) => {
        failed.push(what)
        process.stderr.write(`${name}, ${what}: ${String(error)}\n`)
      },
    )
  return failed
}
