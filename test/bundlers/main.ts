// npm run test:bundlers [-- --only NAME]: builds a page with a worker (docs/guides/worker.md) with each bundler, from the built package, and runs
// it in Chromium: the worker makes the refreshes, and keeps the answer of a tab that is closed. Installs the bundlers into
// this folder. Prints a Markdown table; exits with 1 if one failed.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { table } from '../bench/support/figures.ts'
import { installPeers, versionOf } from '../bench/support/install.ts'
import { withCleanup } from '../bench/support/with-cleanup.ts'
import { chromiumContext, startChromium } from '../browser/engines/chromium.ts'
import { serveWorkerSite, type StaticFile } from '../browser/support/worker-site.ts'
import { until } from '../support/patience.ts'
import { BUNDLERS } from './bundlers.mjs'

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' }

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const folder = new URL('.', import.meta.url)
const root = fileURLToPath(new URL('../../', import.meta.url))
if (!existsSync(join(root, 'dist/worker.js'))) throw new Error('First: npm run build')
installPeers(folder)
const link = fileURLToPath(new URL('node_modules/latchkey', folder))
if (!existsSync(link)) symlinkSync(root, link, 'junction')

const rows: string[][] = []
let isGood = true
for (const [name, build] of Object.entries(BUNDLERS)) {
  if (!name.startsWith(values.only)) continue
  const failure = await withCleanup((onFinished) => run(build, onFinished)).then(
    () => undefined,
    (error: unknown) => String(error),
  )
  if (failure !== undefined) isGood = false
  process.stderr.write(`${name}: ${failure ?? 'works'}\n`)
  rows.push([name, versionOf(folder, name), failure ?? 'works'])
}
process.stdout.write(`${table(['bundler', 'version', 'a SharedWorker'], rows)}\n`)
process.exit(isGood ? 0 : 1)

async function run(
  build: (app: string, out: string) => Promise<void>,
  onFinished: (undo: () => Promise<void>) => void,
): Promise<void> {
  const out = mkdtempSync(join(tmpdir(), 'latchkey-bundled-'))
  onFinished(() => Promise.resolve(rmSync(out, { recursive: true })))
  await build(fileURLToPath(new URL('app', folder)), out)

  const site = await serveWorkerSite('body', onFinished, { files: filesOf(out) })
  const chromium = await startChromium()
  onFinished(() => chromium.close())
  const context = chromiumContext(await chromium.createBrowserContext())
  const [first, second] = [await context.open(site.url), await context.open(site.url)]
  await first.page.evaluate(() => window.worked.signIn())
  await until(
    'both tabs are signed in',
    async () => (await second.page.evaluate(() => window.worked.held())) === 'token',
  )
  const gate = site.hold(1)
  void first.page.evaluate(() => void window.worked.renew())
  await gate.reached(1)
  await first.close()
  const renewed = second.page.evaluate(() => window.worked.renew())
  gate.open()
  if ((await renewed) !== 'token') throw new Error(`The session was lost: ${await renewed}`)
  const losses = await second.page.evaluate(() => window.worked.losses())
  if (losses.length > 0) throw new Error(`The worker was not used: ${JSON.stringify(losses)}`)
  if ((await second.page.evaluate(() => window.worked.by())) !== 'other-tab')
    throw new Error('The page refreshed by itself')
}

/** The built files, by the paths at which the page finds them. */
function filesOf(out: string): ReadonlyMap<string, StaticFile> {
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((file) =>
    extname(file),
  )
  return new Map(
    files.map((file) => [
      file === 'index.html' ? '/' : `/${file.replaceAll('\\', '/')}`,
      { type: TYPES[extname(file)] ?? 'text/plain', body: readFileSync(join(out, file), 'utf8') },
    ]),
  )
}
