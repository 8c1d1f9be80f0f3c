import { claimsOf } from '../../../src/tokens.ts'
import type { Call } from '../world.ts'
import { has, type Invariant } from './invariant.ts'

// What whoever calls the session can rely on.

/** I1 */
export const everyPromiseSettlesInTime: Invariant = ({ calls }) => {
  const hangs = calls.find(
    ({ outcome, by, boundMs, begunAtRanMs }) =>
      !outcome && !by.tab.isGone && !by.isDisposed && by.ranMs - begunAtRanMs > boundMs,
  )
  return hangs && `call ${hangs.id} (${hangs.name}) has not settled in ${hangs.boundMs / 1000} s`
}

/** I4 */
export const onACalmDayEveryRequestIsAnswered: Invariant = ({ calls, troubles, promised }) => {
  if (troubles.size > 0) return undefined
  const failed = calls.find(
    (call) =>
      /\/api\//.test(call.name) &&
      call.seen.status === 'logged-in' &&
      call.promised !== null &&
      call.promised === promised &&
      call.outcome !== undefined &&
      !call.abort.signal.aborted &&
      statusOf(call) !== 200,
  )
  return failed && `call ${failed.id} came to ${String(statusOf(failed) ?? codeOf(failed))}`
}

/** A session ends at once when no request can be answered in it any more. */
export const noRequestIsRefusedInASessionThatGoesOn: Invariant = ({ calls, troubles }) => {
  // A record that could not be written, or was written by a script, may say anything. The rest of a token's life is in session time.
  if (has(troubles, 'clock', 'set back', 'record', 'mirror', 'strange record', 'wiped'))
    return undefined
  const refused = calls.find(
    (call) => call.wentOn && /^request/.test(call.name) && codeOf(call) === 'session_ended',
  )
  return refused && `call ${refused.id} was told that its session had ended, which goes on`
}

/** I6 */
export const aRequestIsNeverSentWithAnotherSessionsToken: Invariant = (
  { calls, kind, troubles, setting },
  { sent },
) => {
  // There calls outlive their session, but not their user.
  if (setting.stays) return undefined
  // A visitor who cannot be written down may be given two names (G2).
  if (kind.admitsAnyone && troubles.has('record')) return undefined
  // Two logins of one user cannot be told apart if the server names no session and script sees no refresh token.
  const hasName = kind.isNamed || kind.isSecret
  for (const { request } of sent) {
    const call = calls[Number(request.headers.get('x-call')) - 1]
    const token = tokenOf(request.headers)
    if (!call || call.seen.status !== 'logged-in' || token === undefined) continue
    const { sub, sid } = claimsOf(token) ?? {}
    if (
      sub !== call.seen.subject ||
      (hasName && call.seen.sid !== undefined && sid !== call.seen.sid)
    )
      return `call ${call.id} was made as ${String(call.seen.subject)} and sent as ${String(sub)} (${String(sid)})`
  }
  return undefined
}

/** I9 */
export const aCallIsSentTwiceAtMost: Invariant = ({ sent, setting }) => {
  // Once more in the next session.
  if (setting.stays) return undefined
  const sends = new Map<string, number>()
  for (const { request } of sent) {
    const id = request.headers.get('x-call')
    if (id === null) continue
    sends.set(id, (sends.get(id) ?? 0) + 1)
    if (sends.get(id) === 3) return `call ${id} was sent a third time`
  }
  return undefined
}

/** G4 */
export const whatAPageSavesAsItLeavesIsSent: Invariant = ({ calls }) => {
  const lost = calls.find(({ isLost }) => isLost)
  return lost && `call ${lost.id} was not sent before its page had gone`
}

function tokenOf(headers: Headers): string | undefined {
  return headers.get('authorization')?.replace(/^\w+ /, '')
}

function statusOf({ outcome }: Call): number | undefined {
  return outcome && 'value' in outcome ? (outcome.value as Response).status : undefined
}

function codeOf({ outcome }: Call): unknown {
  return outcome && 'error' in outcome ? (outcome.error as { code?: unknown }).code : undefined
}
