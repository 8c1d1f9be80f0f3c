import { claimsOf } from '../../../src/tokens.ts'
import { STAY_CALLS, type Call, type World } from '../world.ts'
import type { Invariant } from './invariant.ts'

// What holds for calls that wait for their user to sign in again.

/** I6 */
export const noCallIsSentUnderAnotherUsersName: Invariant = ({ calls, setting }, { sent }) => {
  if (!setting.stays) return undefined
  for (const { request } of sent) {
    const call = calls[Number(request.headers.get('x-call')) - 1]
    const token = request.headers.get('authorization')?.replace(/^\w+ /, '')
    if (!call || token === undefined) continue
    const { status, subject, coveredFor } = call.seen
    const owner = coveredFor ?? (status === 'logged-in' ? subject : undefined)
    const { sub } = claimsOf(token) ?? {}
    if (owner !== undefined && sub !== owner)
      return `call ${call.id} was made as ${String(owner)} and sent as ${String(sub)}`
  }
  return undefined
}

export const writesThatWaitedAreSentOneAfterTheOther: Invariant = (world) => {
  for (const actor of world.actors) {
    let before: { readonly call: Call; readonly at: number } | undefined
    for (const [call, at] of firstSends(world)) {
      if (call.by !== actor) continue
      if (before && before.call.id > call.id)
        return `call ${before.call.id} was sent before call ${call.id}, which was made before it`
      if (before && (before.call.settledAt ?? Infinity) > at)
        return `call ${call.id} was sent while call ${before.call.id} was under way`
      before = { call, at }
    }
  }
  return undefined
}

export const noMoreCallsWaitThanMay: Invariant = ({ open }) => {
  const full = open.find(({ tab }) => (tab.session.state.parked ?? 0) > STAY_CALLS)
  return full && `${full.name} has ${String(full.tab.session.state.parked)} calls wait`
}

/** The writes that were made while their page was covered, in the order in which they were sent. */
function firstSends({ calls, sent }: World): ReadonlyMap<Call, number> {
  const sends = new Map<Call, number>()
  for (const { request, trueAt } of sent) {
    const call = calls[Number(request.headers.get('x-call')) - 1]
    const isWaiting = call?.isWrite && call.seen.coveredFor !== undefined
    // What gets no token has not waited.
    if (isWaiting && request.headers.has('authorization') && !sends.has(call))
      sends.set(call, trueAt)
  }
  return sends
}
