import type { SessionRecord } from '../../../src/core/record/record.ts'
import type { World } from '../world.ts'
import { has, whoIsThere } from './invariant.ts'

// What must hold when everything has come to rest.

/** All tabs show one and the same session, or none. */
export function theTabsAgree({ open }: World): string | undefined {
  const told = open.filter(({ isDisposed }) => !isDisposed).map(whoIsThere)
  return new Set(told).size > 1 ? `the tabs say ${told.join(', ')}` : undefined
}

/** And it is the one that the next page will find. */
export function theTabsSayWhatTheRecordSays({ open, record }: World): string | undefined {
  const wrong = open
    .filter(({ isDisposed }) => !isDisposed)
    .find((actor) => whoIsThere(actor) !== inRecord(record))
  return wrong && `${wrong.name} says ${whoIsThere(wrong)}, the record ${inRecord(record)}`
}

/** I4 */
export function aSessionThatNobodyEndsIsInUse({ open, promised }: World): string | undefined {
  const lost = open
    .filter(({ isDisposed }) => !isDisposed)
    .find((actor) => promised && whoIsThere(actor) !== promised.subject)
  return lost && `${lost.name} has lost the session of ${String(promised?.subject)}`
}

/** L1 */
export function aLogoutIsNotUndone({ open, signedOut, troubles }: World): string | undefined {
  // Told to nothing that outlives its page.
  if (has(troubles, 'mirror', 'wiped')) return undefined
  const undone = open.find(({ tab, isDisposed }) => {
    const { status, claims } = tab.session.state
    return !isDisposed && status === 'logged-in' && signedOut.has(String(claims?.['sid']))
  })
  return undone && `${undone.name} is in a session that was logged out of`
}

/** L1 */
export function theServerHasHeardOfEveryLogout({ record }: World): string | undefined {
  return (
    record?.tombstone && `nobody has told the server of the end of ${record.tombstone.sid ?? 'it'}`
  )
}

/** I8 */
export function eventsAndStateAgree({ open }: World): string | undefined {
  const wrong = open.find(({ tab, heard, isDisposed }) => {
    const last = heard.findLast(({ name }) => name === 'started' || name === 'ended')
    const isStarted = last?.name === 'started'
    return !isDisposed && isStarted !== (tab.session.state.status === 'logged-in')
  })
  return wrong && `${wrong.name} is ${whoIsThere(wrong)} and has not heard of it`
}

/** I12, after every session was disposed of. */
export function nothingIsHeld({ open }: World): string | undefined {
  const holding = open.find(({ tab }) => tab.holding > 0)
  return holding && `${holding.name} still holds ${holding.tab.holding} timers, listeners or locks`
}

function inRecord(record: SessionRecord | null): string {
  return record?.status === 'logged-in' ? String(record.subject) : 'logged-out'
}
