import { isSessionError } from '../errors.ts'
import { cloneForReplay, validate, type Outgoing } from '../fetch/outgoing.ts'
import type { Attempt } from '../fetch/parking.ts'
import type { RequestLine } from '../transport.ts'

/** What sending a call has come to. `again`: the session is over, and the call may be sent in the user's next one. */
export type Outcome =
  { readonly response: Response } | { readonly error: unknown } | { readonly again: Outgoing }

/** Sends a call. Never rejects. */
export type Send = (call: Outgoing, attempt: Attempt) => Promise<Outcome>

/** Whether a method may change something at the server (RFC 9110 §9.2.1). */
export function isWrite({ method }: Outgoing): boolean {
  return !/^(GET|HEAD|OPTIONS)$/i.test(method)
}

/** Whether fetch would take the call. */
export function isValid(call: Outgoing): boolean {
  try {
    validate(call)
    return true
  } catch {
    return false
  }
}

/** Creates a send that finds out which calls may be sent again. */
export function createSend({
  shouldReplay,
  begin,
}: {
  readonly shouldReplay: (request: RequestLine) => boolean
  /** Called as a send begins. The result says whether that session is over, and its user may return. */
  readonly begin: () => () => boolean
}): Send {
  /** Whether a call whose session has ended may be sent in the next one. */
  function mayWait(call: Outgoing): boolean {
    const { mayRepeat, isOneShot, progress, headers } = call
    if (isOneShot) return false
    if (progress.at === 'unsent') return true
    // The server may have acted on what was sent and not refused (RFC 9110 §9.2.2).
    const isSafe = progress.at === 'refused' || !isWrite(call) || headers?.has('idempotency-key')
    return mayRepeat && Boolean(isSafe) && shouldReplay(call)
  }

  return async function send(call, attempt) {
    const spare = call.isOneShot ? call : cloneForReplay(call)
    const isOver = begin()
    try {
      const response = await attempt(call)
      if (response.status !== 401 || !isOver()) return { response }
      call.progress.at = 'refused'
      if (!mayWait(call)) return { response }
      void response.body?.cancel().catch(() => undefined)
    } catch (error) {
      const isOfEnd =
        isSessionError(error, 'session_ended') || isSessionError(error, 'session_changed')
      if (!isOfEnd || !isOver() || !mayWait(call)) return { error }
    }
    return { again: { ...spare, progress: { at: 'unsent' } } }
  }
}
