import type { ExtendResult, SessionEnd } from '../../../src/index.ts'
import type { Call, Heard, World } from '../world.ts'
import { has, type Invariant } from './invariant.ts'

// What becomes of a session when nobody is there.

const LEAST_WARNING_MS = 20_000

/** I11: only if. That it does not end any sooner, `everyEndHasItsReason` sees to. */
export const aSessionEndsWhenNobodyHasBeenThereForTooLong: Invariant = (world) => {
  const { open, troubles, mustBeIdle } = world
  // A clock that is set may end a session early, and a tab that cannot write may be late to tell.
  if (!mustBeIdle || has(troubles, 'clock', 'record', 'mirror', 'wiped', 'strange record'))
    return undefined
  const late = open.find(
    ({ tab, isDisposed }) =>
      tab.isRunning && !isDisposed && tab.session.state.status === 'logged-in',
  )
  return late && `${late.name} goes on, though nobody was there`
}

/** WCAG 2.2.1 */
export const nobodyIsSignedOutForIdlenessWithoutTwentySecondsOfWarning: Invariant = (
  { actors, troubles, setting },
  { heard },
) => {
  if (has(troubles, 'clock', 'record', 'mirror', 'wiped', 'strange record')) return undefined
  const unwarned = actors.find((actor) => {
    const end = heard.find((entry) => isIdleEnd(entry) && actor.heard.includes(entry))
    if (!end || end.at - actor.runsSince < setting.warnMs) return false
    const openedAt = warnedSince(actor.heard.slice(0, actor.heard.indexOf(end)))
    return end.at - openedAt < LEAST_WARNING_MS - toleranceOf(troubles)
  })
  return unwarned && `${unwarned.name} was not warned`
}

/** Who may stay, stays: the server knows of it, before it enforces its own limit. */
export const theServerHasHeardOfWhoeverMayStay: Invariant = ({
  calls,
  sent,
  setting,
  kind,
  troubles,
}) => {
  // A clock that is set forward makes time pass for this browser alone.
  if (
    setting.afterMs === Infinity ||
    !kind.isToldOfActivity ||
    has(troubles, 'clock', 'strange record')
  )
    return undefined
  const toleranceMs = toleranceOf(troubles)
  const untold = calls
    .filter(isGranted)
    .find(
      ({ madeAt }) =>
        !sent.some(
          (sending) =>
            sending.isRefresh &&
            sending.trueAt - Number(sending.request.body['idle_ms']) >= madeAt - toleranceMs,
        ),
    )
  return untold && `call ${untold.id} was granted without asking the server`
}

/** A click in time counts as in time, however long the server takes to answer within half a minute. */
export const aClickInTimeIsInTime: Invariant = ({ calls, troubles }) => {
  // Only a tab that runs, sees the record and counts time as the others do can note the click at once.
  if ([...troubles].some((trouble) => !['answers', 'channel'].includes(trouble))) return undefined
  const late = calls.find(({ isOverInSpite }) => isOverInSpite)
  return late && `call ${late.id} was made in time, and the session ended before its answer`
}

/** How far apart the times of two tabs may be: two seconds after a clock was set back (E4). */
function toleranceOf(troubles: World['troubles']): number {
  return has(troubles, 'set back') ? 2_001 : 1
}

function isGranted({ name, outcome }: Call): boolean {
  return name === 'extend' && !!outcome && 'value' in outcome && (outcome.value as ExtendResult).ok
}

/** Since when a warning is open; its cause may have changed meanwhile. `Infinity` if none is. */
function warnedSince(heard: readonly Heard[]): number {
  let since = Infinity
  for (const { name, at } of heard) {
    if (name === 'expiring') since = Math.min(since, at)
    else if (/^(extended|ended|started)$/.test(name)) since = Infinity
  }
  return since
}

function isIdleEnd({ name, payload }: Heard): boolean {
  return name === 'ended' && (payload as SessionEnd).reason === 'idle'
}
