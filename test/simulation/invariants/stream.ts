import type { ServerEvent } from '../../../src/index.ts'
import { sessionOf, sidOf } from '../moves/stream.ts'
import type { Actor, Heard } from '../world.ts'
import type { Invariant } from './invariant.ts'

// What the server pushes.

// The answer that opens a stream may still be on its way when the server pushes into it.
const LATENCY_MS = 2_000

/** E1, and each event once in each tab. */
export const anEventIsToldToTheTabsOfItsSession: Invariant = ({ actors }, { heard }) => {
  for (const actor of actors) {
    const told = actor.heard.filter(isServerEvent).map(dataOf)
    const twice = told.find((data, index) => told.indexOf(data) !== index)
    if (twice !== undefined) return `${actor.name} heard twice of ${twice}`
  }
  const stray = heard.find(
    (entry) =>
      isServerEvent(entry) && ![undefined, dataOf(entry).split(' ')[0]].includes(entry.sid),
  )
  return stray && `"${dataOf(stray)}" was told in session ${stray.sid ?? ''}`
}

/** All tabs share one stream. */
export const onACalmDayEveryTabHearsOfEveryEvent: Invariant = ({ browser, events, troubles }) => {
  if (troubles.size > 0) return undefined
  const until = browser.clock.uptime() - LATENCY_MS
  const arrived = events.findLast(({ at }) => at < until)
  const deaf = arrived?.to.find(
    (actor) => !actor.isDisposed && sidOf(actor) === arrived.sid && !hasHeard(actor, arrived.data),
  )
  return deaf && `${deaf.name} has not heard of "${String(arrived?.data)}"`
}

/** All tabs share one stream. */
export const onACalmDayOneTabHasTheStream: Invariant = ({ stream, troubles }) => {
  const open = troubles.size === 0 ? (stream?.open.map(sessionOf) ?? []) : []
  const twice = open.find((sid, index) => open.indexOf(sid) !== index)
  return twice !== undefined ? `two streams of ${twice} are open` : undefined
}

function hasHeard({ heard }: Actor, data: string): boolean {
  return heard.some((entry) => isServerEvent(entry) && dataOf(entry) === data)
}

function isServerEvent({ name }: Heard): boolean {
  return name === 'server-event'
}

function dataOf({ payload }: Heard): string {
  return (payload as ServerEvent).data
}
