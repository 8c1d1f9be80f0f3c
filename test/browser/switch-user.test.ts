import { describe, expect, test } from 'vitest'
import { useBackend, type Backend } from './support/backend.ts'
import { useBrowser } from './engines/browser.ts'
import { needs, type Feature } from './engines/engines.ts'
import type { Tab } from './engines/tab.ts'
import type { Mode, Outcome } from './support/fixture-page.ts'
import { REPEATS } from './support/repeats.ts'
import { expectAlive, expire, journal, openSession, stateOf } from './support/session-tabs.ts'
import { until } from '../support/patience.ts'

const ME = '/api/me'
const NOTES = '/api/notes'
const REFRESH = '/auth/refresh'
const CHANGED = { outcome: { error: 'SessionError session_changed' } }

const newContext = useBrowser()
const start = useBackend()

/** What became of a call, and who was signed in as far as the page knew when it was told. */
interface Delivery {
  readonly outcome: Outcome
  readonly to: string | null
}

interface Whereabouts {
  readonly name: string
  /** What the engine must be able to do. */
  readonly feature?: Feature
  /** Before the other user logs in. */
  leaves?(tab: Tab): Promise<void>
  /** After that. */
  comesBack?(tab: Tab): Promise<void>
}

const WHEREABOUTS: readonly Whereabouts[] = [
  { name: 'is awake' },
  {
    name: 'is frozen',
    feature: 'freezing a page',
    leaves: (tab) => tab.freeze(),
    comesBack: (tab) => tab.thaw(),
  },
]

describe.each(['cookie', 'body'] as const)('in %s mode', (mode) => {
  test.for(WHEREABOUTS)(
    'nothing that a tab, which $name, has begun for one user is sent or delivered under the next',
    { repeats: REPEATS - 1 },
    async ({ leaves, comesBack, feature }, context) => {
      needs(context, feature)
      const { backend, tab, elsewhere, last } = await openTwo(mode)
      const before = backend.requests.length
      const { calls, letGo } = await beginCalls(backend, tab)

      await leaves?.(tab)
      const { subject: next } = await elsewhere.page.evaluate(() => window.fixture.signIn())
      expect(next).not.toBe(last)
      // A tab that stands still hears of it when it is back, with the answers in hand.
      if (!leaves) await knows(tab, next)
      await letGo()
      await comesBack?.(tab)

      expect(await calls).toMatchObject([CHANGED, CHANGED, CHANGED])
      const sent = backend.requests.slice(before).filter(({ subject }) => subject !== null)
      expect(sent).toMatchObject([
        { path: NOTES, subject: last, status: 200 },
        { path: ME, subject: last, status: 401 },
        { path: ME, subject: last, status: 200 },
      ])
      await knows(tab, next)
      expect(await comingsAndGoings(tab)).toMatchObject([
        { what: 'started', detail: { subject: last } },
        {
          what: 'ended',
          detail: { subject: last, reason: 'user-switched', initiator: 'other-tab' },
        },
        { what: 'started', detail: { subject: next, initiator: 'other-tab' } },
      ])
      await expectAlive(backend, [tab, elsewhere], next)
    },
  )

  test(
    'what a tab is answered for one user just as it hears of the next is delivered before that or not at all',
    { repeats: REPEATS - 1 },
    async () => {
      const { backend, tab, elsewhere, last } = await openTwo(mode)
      const { calls, letGo } = await beginCalls(backend, tab)
      await elsewhere.page.evaluate(() => window.fixture.signIn())
      await letGo()

      const [inFlight, repeated, waiting] = await calls
      for (const delivery of [inFlight, repeated])
        expect([CHANGED, { outcome: { status: 200 }, to: last }]).toContainEqual(
          delivery.outcome.error === undefined ? delivery : { outcome: delivery.outcome },
        )
      // Its token would have come after the next login: it is never sent.
      expect(waiting).toMatchObject(CHANGED)
    },
  )
})

async function openTwo(mode: Mode): Promise<{
  readonly backend: Backend
  readonly tab: Tab
  readonly elsewhere: Tab
  readonly last: string | null
}> {
  const backend = await start()
  const browser = await newContext()
  const [tab, elsewhere] = await openSession(
    backend,
    browser,
    { tab: 'begun', mode },
    { tab: 'elsewhere', mode },
  )
  const { subject: last } = await stateOf(tab)
  return { backend, tab, elsewhere, last }
}

function knows(tab: Tab, subject: string | null): Promise<void> {
  return until('the tab knows who is signed in', async () => {
    return (await stateOf(tab)).subject === subject
  })
}

/** Begins one call whose answer is on its way, one that is repeated after a 401, and one that waits for a token. */
async function beginCalls(
  backend: Backend,
  tab: Tab,
): Promise<{ calls: Promise<[Delivery, Delivery, Delivery]>; letGo: () => Promise<void> }> {
  const notes = backend.hold('answers', NOTES)
  const inFlight = call(tab, NOTES)
  await notes.reached(1)

  backend.expireAccessTokens()
  const me = backend.hold('answers', ME)
  const repeated = call(tab, ME)
  await me.reached(1)
  me.release(1)
  await me.reached(2)

  await expire(backend, [tab])
  const refresh = backend.hold('answers', REFRESH)
  const waiting = call(tab, ME)
  await refresh.reached(1)

  return {
    calls: Promise.all([inFlight, repeated, waiting]),
    async letGo() {
      for (const gate of [notes, me, refresh]) gate.open()
      await until('everything is answered', () =>
        [NOTES, ME, REFRESH].every((path) => backend.underWay(path) === 0),
      )
    },
  }
}

function call({ page }: Tab, path: string): Promise<Delivery> {
  return page.evaluate(async (path) => {
    const outcome = await window.fixture.call(path)
    return { outcome, to: window.fixture.state().subject }
  }, path)
}

async function comingsAndGoings(tab: Tab) {
  return (await journal(tab)).filter(({ what }) => what === 'started' || what === 'ended')
}
