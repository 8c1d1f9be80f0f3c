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

/** The outcome of a call, and the user who was signed in on the page when it settled. */
interface Delivery {
  readonly outcome: Outcome
  readonly to: string | null
}

/** What the tab does while another user logs in. */
interface Situation {
  readonly name: string
  /** What the engine must be able to do. */
  readonly feature?: Feature
  /** Runs before the other user logs in. */
  suspend?(tab: Tab): Promise<void>
  /** Runs after that. */
  resume?(tab: Tab): Promise<void>
}

const SITUATIONS: readonly Situation[] = [
  { name: 'is awake' },
  {
    name: 'is frozen',
    feature: 'freezing a page',
    suspend: (tab) => tab.freeze(),
    resume: (tab) => tab.thaw(),
  },
]

describe.each(['cookie', 'body'] as const)('in %s mode', (mode) => {
  test.for(SITUATIONS)(
    'calls that a tab, which $name, began for one user are neither sent nor delivered under the next',
    { repeats: REPEATS - 1 },
    async ({ suspend, resume, feature }, context) => {
      needs(context, feature)
      const { backend, tab, elsewhere, last } = await openTwo(mode)
      const before = backend.requests.length
      const { calls, openGates } = await beginCalls(backend, tab)

      await suspend?.(tab)
      const { subject: next } = await elsewhere.page.evaluate(() => window.fixture.signIn())
      expect(next).not.toBe(last)
      // A frozen tab learns of it when it thaws, at the same time as of the answers.
      if (!suspend) await knows(tab, next)
      await openGates()
      await resume?.(tab)

      expect(await calls).toMatchObject([CHANGED, CHANGED, CHANGED])
      const sent = backend.requests.slice(before).filter(({ subject }) => subject !== null)
      expect(sent).toMatchObject([
        { path: NOTES, subject: last, status: 200 },
        { path: ME, subject: last, status: 401 },
        { path: ME, subject: last, status: 200 },
      ])
      await knows(tab, next)
      expect(await startsAndEnds(tab)).toMatchObject([
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
    'an answer for one user that arrives as the tab learns of the next is delivered before the change or not at all',
    { repeats: REPEATS - 1 },
    async () => {
      const { backend, tab, elsewhere, last } = await openTwo(mode)
      const { calls, openGates } = await beginCalls(backend, tab)
      await elsewhere.page.evaluate(() => window.fixture.signIn())
      await openGates()

      const [inFlight, repeated, waiting] = await calls
      for (const delivery of [inFlight, repeated])
        expect([CHANGED, { outcome: { status: 200 }, to: last }]).toContainEqual(
          delivery.outcome.error === undefined ? delivery : { outcome: delivery.outcome },
        )
      // Its token would have come after the next login, so it is never sent.
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
  return until('the tab knows which user is signed in', async () => {
    return (await stateOf(tab)).subject === subject
  })
}

/** Begins one call whose answer is on its way, one that is repeated after a 401, and one that waits for a token. */
async function beginCalls(
  backend: Backend,
  tab: Tab,
): Promise<{ calls: Promise<[Delivery, Delivery, Delivery]>; openGates: () => Promise<void> }> {
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
    async openGates() {
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

async function startsAndEnds(tab: Tab) {
  return (await journal(tab)).filter(({ what }) => what === 'started' || what === 'ended')
}
