// npm run soak:oidc -- [--tabs 10] [--lifetimes 200] [--ttl 3] [--kills 0]: tabs in Chromium share one session of
// oidc-provider, which has no grace: a refresh token that is sent twice ends the session. The run lasts for --lifetimes
// lifetimes of an access token of --ttl seconds, and each tab sends several requests a second. --kills times one tab is
// killed in the middle of a refresh. Every other time that is after the provider has answered, which costs the
// session (O1 in docs/protocol.md) and is counted separately. Prints the results; exits with 1 if anything else went
// wrong.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { pageOf } from '../bench/support/bundle.ts'
import { serveHtml } from '../bench/support/serve-html.ts'
import { withCleanup } from '../bench/support/with-cleanup.ts'
import { launchChromium } from '../browser/engines/chromium.ts'
import { startOidcServer } from '../support/oidc/oidc-server.ts'
import { startCrowd } from './crowd.ts'
import { createBooks, report } from './books.ts'

const { values } = parseArgs({
  options: {
    tabs: { type: 'string', default: '10' },
    lifetimes: { type: 'string', default: '200' },
    ttl: { type: 'string', default: '3' },
    kills: { type: 'string', default: '0' },
  },
})
const [tabs, lifetimes, ttlS, kills] = [
  Number(values.tabs),
  Number(values.lifetimes),
  Number(values.ttl),
  Number(values.kills),
]
if (
  ![tabs, lifetimes, ttlS, kills].every(Number.isInteger) ||
  tabs < 2 ||
  lifetimes < 1 ||
  ttlS < 2
) {
  process.stderr.write(
    '--tabs (from 2), --lifetimes (from 1), --ttl (from 2) and --kills are whole numbers.\n',
  )
  process.exit(2)
}

const TURN_MS = 2_000
// A busy machine is slow. A run in which nothing happens any more is broken.
const PATIENCE = 5

const isGood = await withCleanup(async (onFinished) => {
  const html = await pageOf(
    fileURLToPath(new URL('../browser/support/oidc/page.ts', import.meta.url)),
  )
  const pageUrl = await serveHtml(html, onFinished)
  const provider = await startOidcServer({ pageUrl, accessTtlS: ttlS })
  onFinished(() => provider.close())
  const crowd = await startCrowd(await launchChromium(onFinished), provider, pageUrl, tabs)
  const books = createBooks(provider)

  const startedAt = performance.now()
  const made = (): number => provider.refreshes().made
  const deadline = startedAt + lifetimes * ttlS * 1_000 * PATIENCE
  for (let killed = 0, turn = 0; made() < lifetimes && performance.now() < deadline; turn++) {
    // Hidden tabs are throttled, so each is in front for a while.
    await crowd.toFront(turn)
    await sleep(TURN_MS)
    books.add(await crowd.takeWork())
    if (killed < kills && made() >= ((killed + 1) * lifetimes) / (kills + 1)) {
      const isLost = killed % 2 === 0
      const before = provider.refreshes()
      const victim = await crowd.kill(isLost ? 'answers' : 'requests')
      books.add(victim)
      const excepted = await (isLost ? crowd.signInAgain() : crowd.replace())
      books.killed(isLost, before, excepted)
      killed += 1
    }
  }
  books.add(await crowd.takeWork())
  return report(books, { tabs, lifetimes, ttlS, elapsedMs: performance.now() - startedAt })
})
process.exit(isGood ? 0 : 1)
