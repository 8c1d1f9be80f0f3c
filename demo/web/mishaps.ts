import { expireEverywhere } from './all-tabs.ts'
import type { DemoSession } from './demo-session.ts'
import { find, onClick } from './dom.ts'
import { onFaults, readFaults, setFaults } from './fault-switches.ts'
import { jumpClock, trueNow } from './page-clock.ts'
import { tools } from './tools.ts'
import { duration } from './wording.ts'

const STORM = 10
const CALLS = 3
const UNAVAILABLE_MS = 10_000
const JUMP_MS = 60 * 60_000
const FREEZE_MS = 8_000
/** Long enough for the renewal to be under way when the tab dies. */
const BEFORE_CRASH_MS = 400

/** What the timeline calls a mishap, if not by its id. */
const MARKS: Readonly<Record<string, string>> = {
  storm: 'all-tabs-at-once',
  refuse: 'tokens-refused',
  slow: 'slow-answer',
  lost: 'lost-answer',
  unavailable: 'server-unavailable',
  jump: 'clock-an-hour-on',
}

/** The buttons that make things go wrong. */
export function showMishaps(session: DemoSession): void {
  const result = find('mishap-result', HTMLParagraphElement)
  const traffic = find('traffic', HTMLButtonElement)
  const offline = find('offline', HTMLButtonElement)

  function on(id: string, text: string, work: () => void | Promise<void>): void {
    onClick(find(id, HTMLButtonElement), async () => {
      result.textContent = text
      tools.mark(MARKS[id] ?? id)
      await work()
    })
  }

  onFaults((faults) => {
    traffic.ariaPressed = String(faults.traffic)
    offline.ariaPressed = String(faults.offline)
  })
  onClick(traffic, () => {
    setFaults({ traffic: !readFaults().traffic })
    return Promise.resolve()
  })
  onClick(offline, () => {
    const { offline: wasOffline } = readFaults()
    setFaults({ offline: !wasOffline })
    tools.mark(wasOffline ? 'online-again' : 'offline')
    result.textContent = wasOffline
      ? 'Requests go through again.'
      : 'In every tab, requests now fail at once, as without a network.'
    return Promise.resolve()
  })
  // As the browser does when a real network returns.
  let isOffline = readFaults().offline
  onFaults((faults) => {
    if (isOffline && !faults.offline) dispatchEvent(new Event('online'))
    isOffline = faults.offline
  })

  on('storm', `Every token has expired, and every tab makes ${STORM} calls at once.`, () =>
    expireEverywhere(session, STORM),
  )
  on('refuse', 'From now on the API refuses the tokens that the tabs have.', () =>
    expireEverywhere(session, 0),
  )
  on('slow', 'All tabs need a new token; the answer to the renewal takes 3 s.', () => {
    expireEverywhere(session, CALLS, { slow: true })
  })
  on('lost', 'All tabs need a new token; the server makes one, and its answer is lost.', () => {
    expireEverywhere(session, CALLS, { lost: true })
  })
  on('unavailable', 'All tabs need a new token; for ten seconds the server answers 503.', () => {
    expireEverywhere(session, CALLS, { unavailableUntil: trueNow() + UNAVAILABLE_MS })
  })
  on(
    'jump',
    "This tab's clock is an hour further on, as after a sleep. That ends a session whose limits are shorter.",
    () => jumpClock(JUMP_MS),
  )
  on(
    'freeze',
    `This tab stops for ${duration(FREEZE_MS)}, in the middle of a renewal.`,
    async () => {
      expireEverywhere(session, CALLS, { slow: true })
      await pause(BEFORE_CRASH_MS)
      freeze()
      result.textContent = 'This tab moves again.'
    },
  )
  on('crash', 'This tab dies, in the middle of a renewal.', async () => {
    expireEverywhere(session, CALLS, { slow: true })
    await pause(BEFORE_CRASH_MS)
    crash()
  })
}

/** Blocks the page's only thread: no timer, message or answer is handled, and a lock that the page holds stays held. */
function freeze(): void {
  const until = performance.now() + FREEZE_MS
  while (performance.now() < until);
}

/**
 * The nearest a page can come to crashing itself. It is left at once and hears no `pagehide`, so it cannot say goodbye
 * or release anything. The tests cover what else a real crash does.
 */
function crash(): void {
  for (const event of ['pagehide', 'visibilitychange'])
    addEventListener(event, (each) => each.stopImmediatePropagation(), { capture: true })
  location.assign('/crashed.html')
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
