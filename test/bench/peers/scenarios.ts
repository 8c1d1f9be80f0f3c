/**
 * The scenarios, which are the same for each library. A session counts as lost if a spent refresh token was sent again, so
 * that the server has ended it, or if the remaining tab gets no 200 any more without signing in.
 */
import type { Browser, Tab } from '../../browser/engines/tab.ts'
import { until } from '../../support/patience.ts'
import type { BenchServer } from '../support/bench-server.ts'
import type { Outcome } from '../support/bench-page.ts'
import { failures, volley } from '../support/volley.ts'
import { puppeteerOf } from '../../browser/engines/chromium.ts'

/** The setting of a scenario. */
export interface Stage {
  readonly server: BenchServer
  readonly chromium: Browser
  readonly url: string
  readonly runs: number
  /** Blank tabs for the next run: loading a page is faster than starting a process. */
  readonly spare: Tab[]
}

/** The results of one scenario that ran `runs` times. */
export interface Result {
  readonly runs: number
  readonly lost: number
  /** The number of refresh requests in each run. */
  readonly refreshes: readonly number[]
  readonly sent: number
  readonly failed: number
}

const API = '/api/me'
const LIFETIME_MS = 11 * 60_000
const STRAGGLERS = [0, 100, 200, 300, 400, 500].map((ms) => `${API}?refuseAfterMs=${ms}`)
const OUTAGE_MS = 1_000

/** All tokens have expired, and all tabs send a request at the same moment. */
export function storm(stage: Stage, count: number): Promise<Result> {
  return repeat(stage, count, async (tabs) => {
    stage.server.expireAccessTokens()
    return (await volley(tabs, [API], LIFETIME_MS)).outcomes
  })
}

/** Six requests of one tab are answered 401, one after the other over half a second. */
export function stragglers(stage: Stage): Promise<Result> {
  const scenario = async (tabs: readonly Tab[]): Promise<readonly Outcome[]> => {
    stage.server.expireAccessTokens()
    return (await volley(tabs, STRAGGLERS)).outcomes
  }
  return repeat(stage, 1, scenario, fewer(stage))
}

/**
 * A tab is closed while the answer to its refresh is on the way. Another tab sends its next request 300 ms after that
 * answer was sent. The two do not race: everything that the closed tab could save is saved by then.
 */
export function deadTab(stage: Stage): Promise<Result> {
  const scenario = async (tabs: Tab[]): Promise<readonly Outcome[]> => {
    const [waiting, dying] = tabs
    if (!waiting || !dying) throw new Error('Two tabs')
    const gate = stage.server.holdRefreshes(1)
    stage.server.expireAccessTokens()
    for (const { page } of tabs) await page.evaluate((ms) => window.bench.age(ms), LIFETIME_MS)
    void dying.page.evaluate((path) => window.bench.request(path), API).catch(() => undefined)
    await gate.reached(1)
    await dying.close()
    tabs.splice(1)
    gate.open()
    await passed(300)
    return [await request(waiting)]
  }
  return repeat(stage, 2, scenario, fewer(stage))
}

/** The auth server answers 503 for a second just when the token has expired; the page sends a request every 100 ms. */
export function outage(stage: Stage): Promise<Result> {
  const scenario = async ([tab]: readonly Tab[]): Promise<readonly Outcome[]> => {
    if (!tab) throw new Error('One tab')
    stage.server.expireAccessTokens()
    await tab.page.evaluate((ms) => window.bench.age(ms), LIFETIME_MS)
    stage.server.failRefreshes(OUTAGE_MS)
    const outcomes: Promise<Outcome>[] = []
    for (let at = 0; at < OUTAGE_MS; at += 100) {
      outcomes.push(request(tab))
      await passed(100)
    }
    return await Promise.all(outcomes)
  }
  return repeat(stage, 1, scenario, fewer(stage))
}

/** One tab logs out. When does the library in the other tab report it, and what does its next request get? */
export async function logout(
  stage: Stage,
): Promise<{ readonly eventMs: number | null; readonly next: Outcome }> {
  const [leaving, other] = await openSignedIn(stage, 2)
  if (!leaving || !other) throw new Error('Two tabs')
  const startedAt = await leaving.page.evaluate(() => window.bench.signOut())
  const endedAt = (): Promise<number | null> => other.page.evaluate(() => window.bench.endedAt())
  await until(
    'the library has reported the end',
    async () => (await endedAt()) !== null,
    2_000,
  ).catch(() => undefined)
  const reportedAt = await endedAt()
  const next = await request(other)
  await closeAll(stage, [leaving, other])
  return { eventMs: reportedAt === null ? null : reportedAt - startedAt, next }
}

/** Runs a scenario `runs` times: with the same session and tabs while both exist, otherwise with new ones. */
async function repeat(
  stage: Stage,
  count: number,
  scenario: (tabs: Tab[]) => Promise<readonly Outcome[]>,
  runs = stage.runs,
): Promise<Result> {
  const { server } = stage
  const refreshes: number[] = []
  let [lost, sent, failed] = [0, 0, 0]
  let tabs: Tab[] = []
  for (let run = 0; run < runs; run++) {
    if (tabs.length === 0) tabs = await openSignedIn(stage, count)
    server.begin()
    const outcomes = await scenario(tabs)
    sent += outcomes.length
    failed += failures(outcomes)
    refreshes.push(server.tally().refreshes)
    const isOver = await isLost(stage, tabs)
    if (isOver) lost += 1
    if (isOver || tabs.length < count) await closeAll(stage, tabs.splice(0))
  }
  await closeAll(stage, tabs)
  return { runs, lost, refreshes, sent, failed }
}

async function isLost({ server }: Stage, tabs: readonly Tab[]): Promise<boolean> {
  if (server.tally().reuses > 0) return true
  const [tab] = tabs
  if (!tab) throw new Error('No tab is left')
  server.expireAccessTokens()
  for (const { page } of tabs) await page.evaluate((ms) => window.bench.age(ms), LIFETIME_MS)
  // Asked twice: a library that backs off after an outage may refuse once although the session is alive.
  return (await request(tab)) !== 200 && (await request(tab)) !== 200
}

/** Signs in in the first tab. The others are opened afterwards, and find what the library has stored. */
async function openSignedIn(stage: Stage, count: number): Promise<Tab[]> {
  const first = await open(stage)
  // If a library navigates to a login page, the promise is lost with the page.
  await first.page.evaluate(() => window.bench.signIn()).catch(() => undefined)
  await signedIn(first)
  const others = await Promise.all(Array.from({ length: count - 1 }, () => open(stage)))
  await Promise.all(others.map(signedIn))
  return [first, ...others]
}

async function open({ chromium, url, spare }: Stage): Promise<Tab> {
  const tab = spare.pop()
  if (!tab) return await chromium.open(url)
  await tab.page.goto(url)
  return tab
}

function signedIn(tab: Tab): Promise<void> {
  return until('the tab is signed in', async () => (await request(tab)) === 200)
}

/** Navigates the tabs away from their pages, and removes everything that the next run could find. */
async function closeAll({ server, spare }: Stage, tabs: readonly Tab[]): Promise<void> {
  if (tabs.length === 0) return
  await Promise.all(tabs.map(({ page }) => page.goto('about:blank')))
  for (const { page } of tabs.slice(0, 1)) {
    const devtools = await puppeteerOf(page).createCDPSession()
    await devtools.send('Storage.clearDataForOrigin', { origin: server.url, storageTypes: 'all' })
    await devtools.detach()
  }
  spare.push(...tabs)
}

function request({ page }: Tab): Promise<Outcome> {
  return page
    .evaluate((path) => window.bench.request(path), API)
    .catch((error: unknown) => String(error))
}

/** The number of runs of scenarios whose result depends less on chance than that of a storm. */
export function fewer({ runs }: Pick<Stage, 'runs'>): number {
  return Math.ceil(runs / 3)
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
