import { sessionName } from './mode.ts'
import type { Ending, Observation } from './observation.ts'
import { trueNow } from './page-clock.ts'
import { lockOfTab, tabNumber } from './tab-number.ts'

const KEPT_MS = 10 * 60_000
const MOST = 3_000
const ROLL_CALL_MS = 2_000

/** The part of the timeline that belongs to one tab. */
export interface Lane {
  readonly tab: number
  readonly observations: Map<string, Observation>
  /** When the tab was left, closed or lost; `null` while it is open. */
  leftAt: number | null
}

/** Messages between tabs, on a channel of the demo's own. */
type Message =
  | { readonly type: 'hello'; readonly tab: number; readonly at: number }
  | { readonly type: 'left'; readonly tab: number; readonly at: number }
  | { readonly type: 'seen'; readonly observations: readonly Observation[] }

const channel = new BroadcastChannel(`${sessionName}-timeline`)
const load = crypto.randomUUID().slice(0, 8)
const KEY = `${sessionName}-timeline`
let count = 0

/** What all tabs of the session did and observed in the last minutes, by tab. */
export const lanes = new Map<number, Lane>()

/** Notes something that begins now, in this tab unless another is named; returns a function that ends it. */
export function note(
  what: Pick<Observation, 'kind' | 'text'> & Partial<Observation>,
): (ending: Ending) => void {
  let observation: Observation = {
    id: `${load}.${count++}`,
    tab: tabNumber,
    by: tabNumber,
    from: trueNow(),
    to: null,
    outcome: null,
    ...what,
  }
  tell(observation)
  return ({ outcome, text = observation.text }) => {
    observation = { ...observation, to: trueNow(), outcome, text }
    tell(observation)
  }
}

/** Notes a single moment. */
export function mark(text: string, outcome: Ending['outcome']): void {
  const now = trueNow()
  note({ kind: 'mark', text, outcome, from: now, to: now })
}

function tell(observation: Observation): void {
  keep(observation)
  channel.postMessage({ type: 'seen', observations: [observation] } satisfies Message)
}

function keep(observation: Observation): void {
  const { tab, id } = observation
  const { observations } = laneOf(tab)
  // An entry that has ended stays so: the received history may be older than what is known here.
  if (observations.get(id)?.outcome && observation.outcome === null) return
  observations.set(id, observation)
}

function laneOf(tab: number): Lane {
  const lane = lanes.get(tab) ?? { tab, observations: new Map<string, Observation>(), leftAt: null }
  lanes.set(tab, lane)
  return lane
}

/** The tab's page is gone, so what it had begun will not end. */
function leave(tab: number, at: number): void {
  const lane = laneOf(tab)
  lane.leftAt = at
  for (const each of lane.observations.values()) if ((each.to ?? 0) > at) keep({ ...each, to: at })
  for (const { observations } of lanes.values()) {
    for (const each of observations.values()) {
      if (each.by !== tab || each.to !== null) continue
      if (each.kind === 'lock' || each.kind === 'queue') keep({ ...each, to: at, outcome: 'quiet' })
      else keep({ ...each, to: at, outcome: 'lost', text: `${each.text}: the tab is gone` })
    }
  }
}

function forgetTheOld(): void {
  const horizon = trueNow() - KEPT_MS
  for (const [tab, { observations, leftAt }] of lanes) {
    for (const { id, to } of observations.values())
      if ((to !== null && to < horizon) || observations.size > MOST) observations.delete(id)
    if (leftAt !== null && leftAt < horizon) lanes.delete(tab)
  }
}

/** Notices tabs that could not say goodbye: the lock of a crashed tab is released. */
async function callTheRoll(): Promise<void> {
  const { held = [] } = await navigator.locks.query()
  const there = new Set(held.map(({ name }) => name))
  for (const { tab, leftAt } of lanes.values())
    if (leftAt === null && tab !== tabNumber && !there.has(lockOfTab(tab))) leave(tab, trueNow())
}

function hear(message: Message): void {
  switch (message.type) {
    case 'seen':
      return message.observations.forEach(keep)
    case 'left':
      return leave(message.tab, message.at)
    case 'hello': {
      const all = [...lanes.values()].flatMap(({ observations }) => [...observations.values()])
      if (message.tab !== tabNumber && lanes.has(message.tab)) leave(message.tab, message.at)
      laneOf(message.tab).leftAt = null
      channel.postMessage({ type: 'seen', observations: all } satisfies Message)
    }
  }
}

/** Joins the other tabs, and keeps what this tab has observed over a reload. */
export function openLogbook(): void {
  const kept = sessionStorage.getItem(KEY)
  sessionStorage.removeItem(KEY)
  laneOf(tabNumber)
  if (kept !== null) (JSON.parse(kept) as readonly Observation[]).forEach(keep)
  leave(tabNumber, trueNow())
  laneOf(tabNumber).leftAt = null

  channel.addEventListener('message', ({ data }) => hear(data as Message))
  const hello = (): void =>
    channel.postMessage({ type: 'hello', tab: tabNumber, at: trueNow() } satisfies Message)
  hello()
  addEventListener('pagehide', () => {
    const own = [...laneOf(tabNumber).observations.values()].slice(-MOST / 4)
    sessionStorage.setItem(KEY, JSON.stringify(own))
    channel.postMessage({ type: 'left', tab: tabNumber, at: trueNow() } satisfies Message)
  })
  addEventListener('pageshow', ({ persisted }) => persisted && hello())
  setInterval(() => {
    forgetTheOld()
    if (!document.hidden && 'locks' in navigator) void callTheRoll()
  }, ROLL_CALL_MS)
}
