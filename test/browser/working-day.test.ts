import { expect, test } from 'vitest'
import { createRandom } from '../../src/testing/random.ts'
import { useBackend, type RefreshTally } from './support/backend.ts'
import { launchBrowser } from './engines/browser.ts'
import type { Entry, Mode } from './support/fixture-page.ts'
import { DAY_MINUTES, REPEATS } from './support/repeats.ts'
import { burst, loggedOut, stateOf } from './support/session-tabs.ts'
import { patienceMs, until } from '../support/patience.ts'
import { createCalls } from './working-day/calls.ts'
import { makeMove, type Scene } from './working-day/moves.ts'
import { createNetwork } from './working-day/network.ts'
import { createTabs, type Member } from './working-day/tabs.ts'

// For a longer day: npm run test:working-day
const SEED = Number(process.env['SEED'] ?? 1)
const MODES: readonly Mode[] = ['cookie', 'body']
const DAYS = Array.from({ length: REPEATS }, (_, n) =>
  MODES.map((mode) => ({ seed: SEED + n, mode })),
).flat()
const HALF_MS = (DAY_MINUTES / 2) * 60_000
const TIMEOUT_MS = HALF_MS + patienceMs(120_000)
/** So short that a few minutes have as many renewals as a working day. */
const ACCESS_TTL_S = 10

const start = useBackend()

test.for(DAYS)(
  'a user stays logged in for a working day of seed $seed, in $mode mode',
  { timeout: TIMEOUT_MS },
  async ({ seed, mode }, { onTestFailed }) => {
    const steps: string[] = []
    onTestFailed(() => print([`Seed ${seed}, ${mode} mode`, ...steps].join('\n')))
    await runDay(seed, mode, steps)
  },
)

/** Makes random moves until the day is over, and expects that the user is still logged in, in every tab. Adds to `steps`. */
async function runDay(seed: number, mode: Mode, steps: string[]): Promise<void> {
  const random = createRandom(seed)
  const backend = await start({ accessTtlS: ACCESS_TTL_S })
  const browser = await launchBrowser()
  const tabs = createTabs({ backend, browser, mode, random })
  const network = createNetwork(backend)
  const calls = createCalls(network)
  const scene: Scene = { random, backend, tabs, network, calls, beforeEnd: expectNoEnd }

  const { tab } = await tabs.open()
  await loggedOut(tab)
  const { subject } = await tab.page.evaluate(() => window.fixture.signIn())
  const before = backend.refreshes()
  const startedAt = performance.now()
  const elapsedMs = (): number => performance.now() - startedAt
  const note = (what: string): void =>
    void steps.push(`${(elapsedMs() / 1_000).toFixed(1)} s: ${what}`)

  for (let move = 1; elapsedMs() < HALF_MS; move++) {
    const pauseMs = 100 + random() * 500
    const what = await makeMove(scene)
    if (what === null) continue
    note(what)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    expect(calls.failures).toEqual([])
    if (move % 20 === 0) for (const member of tabs.members) await expectNoEnd(member)
  }

  note('the day is over')
  await wakeAll(scene)
  const ms = elapsedMs()
  note('all tabs are awake')
  await calls.settled()
  note('all calls are settled')
  expect(calls.failures).toEqual([])
  for (const member of tabs.members) await expectLoggedIn(member, subject)

  const lifetimes = Math.ceil(ms / (ACCESS_TTL_S * 1_000))
  print(
    `Seed ${seed}, ${mode} mode: ${figuresOf(scene, before)}; lifetimes of a token: ${lifetimes}`,
  )
  const { rotations, refused, reuses } = backend.refreshes()
  expect({ reuses, refused }).toEqual({ reuses: 0, refused: before.refused })
  // Tokens are renewed after four fifths of their life. In cookie mode they are in memory alone, so a page that finds no other
  // tab renews when it loads.
  const early = Math.ceil(lifetimes * 0.3) + tabs.clockMoves + (mode === 'cookie' ? tabs.loads : 0)
  expect(rotations - before.rotations).toBeLessThanOrEqual(lifetimes + early)
}

function figuresOf({ backend, tabs, calls }: Scene, before: RefreshTally): string {
  const { rotations, repeats, superseded, reuses } = backend.refreshes()
  const { answered, failed, postponed, abandoned } = calls.tally
  return [
    `${tabs.loads} page loads, ${tabs.clockMoves} moves of the clock`,
    `calls: ${answered} answered, ${failed} failed with the network, ${postponed} after it, ${abandoned} abandoned`,
    `renewals: ${rotations - before.rotations}, ${repeats} repeated, ${superseded} superseded, ${reuses} reuses`,
  ].join('; ')
}

async function expectLoggedIn(member: Member, subject: string | null): Promise<void> {
  await until(`${member.name} gets an answer`, async () => {
    const [outcome] = await burst(member.tab, 1)
    return outcome?.status === 200
  })
  expect(await stateOf(member.tab)).toMatchObject({ status: 'logged-in', subject })
  await expectNoEnd(member)
}

/** Brings back all tabs that are frozen or cached, and ends all trouble of the network. */
async function wakeAll({ tabs, network, backend }: Scene): Promise<void> {
  network.recover()
  backend.delayAnswers('/auth/refresh', 0)
  for (const member of tabs.members) {
    if (member.place === 'frozen') await tabs.thaw(member)
    if (member.place === 'cached') await tabs.goBack(member)
  }
}

/** Expects that no session has ended in the tab. Reads the tab's storage, because its page may be in the cache. */
async function expectNoEnd({ name, tab }: Member): Promise<void> {
  const journal = await tab.page.evaluate(
    () => JSON.parse(sessionStorage.getItem('journal') ?? '[]') as Entry[],
  )
  const ends = journal.filter(({ what }) => what === 'ended')
  expect(ends, name).toEqual([])
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
