import type { SessionError } from '../errors.ts'
import type { Outgoing } from '../fetch/outgoing.ts'
import type { Attempt } from '../fetch/parking.ts'
import type { Dispose } from '../ports.ts'
import { keepBody, leastBytes } from './keep-body.ts'
import { isWrite, type Send } from './send.ts'

/** What may wait at once. */
export interface Bounds {
  readonly maxRequests: number
  readonly maxBytes: number
}

/** A call that has waited and then failed. */
export interface FailedWrite {
  readonly method: string
  /** As the caller wrote it. */
  readonly url: string
  /** The status of the answer; `null` if there was none. */
  readonly status: number | null
  /** How many writes wait behind it. */
  readonly waiting: number
}

/** The calls that wait, in the order in which they were made. */
export interface Queue {
  readonly size: number
  /** Whether a write waits, or is being sent. */
  readonly hasWrites: boolean
  /** Has a call wait, within the bounds. `order` is a number that later calls have a greater one of. */
  park(call: Outgoing, attempt: Attempt, order: number): Promise<Response>
  /** Has a write wait for those before it. */
  join(call: Outgoing, attempt: Attempt, order: number): Promise<Response>
  /** Sends what waits: reads at once, writes one after the other. */
  drain(): void
  /** Rejects all that waits. */
  giveUp(error: SessionError): void
}

interface Entry {
  readonly order: number
  readonly isWrite: boolean
  /** It has waited for a sign-in, and not only for its turn. */
  readonly isParked: boolean
  readonly attempt: Attempt
  readonly resolve: (response: Response) => void
  readonly reject: (error: unknown) => void
  /** The call with its body in memory; `undefined` once it is known that it will not be sent. */
  kept: Promise<Outgoing | undefined>
  bytes: number
  /** It is about to be sent. */
  isLeaving: boolean
  readonly signal: AbortSignal | null | undefined
  readonly onAbort: () => void
}

/** Creates an empty queue. */
export function createQueue(deps: {
  readonly bounds: Bounds
  /** Whether calls may be sent now. */
  readonly mayGo: () => boolean
  readonly send: Send
  /** Whether the writes behind a failed one are sent. */
  readonly mayGoOn: (failed: FailedWrite) => Promise<boolean>
  /** Why a call is not sent. */
  readonly refusal: (why: string) => SessionError
  /** Has the browser ask before the page is left, until the result is called. */
  readonly holdPage: () => Dispose
  readonly onChange: () => void
}): Queue {
  const { bounds, mayGo, send, mayGoOn, refusal, holdPage, onChange } = deps
  const entries: Entry[] = []
  let isSending = false
  let letGo: Dispose | undefined

  function changed(): void {
    const isWorkAtRisk = entries.some((entry) => entry.isWrite && entry.isParked)
    if (isWorkAtRisk) letGo ??= holdPage()
    else {
      letGo?.()
      letGo = undefined
    }
    onChange()
  }

  function insert(entry: Entry): void {
    const behind = entries.findIndex(({ order }) => order > entry.order)
    entries.splice(behind < 0 ? entries.length : behind, 0, entry)
    entry.isLeaving = false
    entry.signal?.addEventListener('abort', entry.onAbort)
    changed()
    if (entry.signal?.aborted) entry.onAbort()
  }

  /** Whether it was there. */
  function take(entry: Entry): boolean {
    const index = entries.indexOf(entry)
    if (index < 0) return false
    entries.splice(index, 1)
    entry.signal?.removeEventListener('abort', entry.onAbort)
    changed()
    return true
  }

  function refuse(entry: Entry, error: unknown): void {
    if (take(entry)) entry.reject(error)
  }

  function add(
    call: Outgoing,
    attempt: Attempt,
    order: number,
    isParked: boolean,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const { signal } = call
      const entry: Entry = {
        order,
        isWrite: isWrite(call),
        isParked,
        attempt,
        resolve,
        reject,
        kept: Promise.resolve(call),
        bytes: 0,
        isLeaving: false,
        signal,
        onAbort: () => refuse(entry, signal?.reason),
      }
      insert(entry)
      if (isParked) entry.kept = keep(entry, call)
    })
  }

  async function keep(entry: Entry, call: Outgoing): Promise<Outgoing | undefined> {
    try {
      reserve(entry, leastBytes(call.body))
      const kept = await keepBody(call)
      reserve(entry, kept.bytes)
      return kept.call
    } catch (error) {
      refuse(entry, error)
      return undefined
    }
  }

  function reserve(entry: Entry, bytes: number): void {
    entry.bytes = bytes
    const all = entries.reduce((sum, each) => sum + each.bytes, 0)
    if (all > bounds.maxBytes) throw refusal('the requests that wait are too large')
  }

  /** Sends one call. Resolves to what has failed, if it was sent or was to be. */
  async function deliver(entry: Entry): Promise<FailedWrite | undefined> {
    entry.isLeaving = true
    const call = await entry.kept
    if (!call) return undefined
    const { method, url } = call
    const failed = (status: number | null): FailedWrite => ({ method, url, status, waiting: 0 })
    try {
      if (typeof call.park === 'function' && !(await call.park())) {
        refuse(entry, refusal('the caller does not want it sent any more'))
        return undefined
      }
    } catch (error) {
      refuse(entry, error)
      return failed(null)
    }
    entry.isLeaving = false
    if (!mayGo() || !take(entry)) return undefined
    const outcome = await send(call, entry.attempt)
    if ('again' in outcome) {
      entry.kept = Promise.resolve(outcome.again)
      insert(entry)
      return undefined
    }
    if ('error' in outcome) {
      entry.reject(outcome.error)
      return failed(null)
    }
    const { response } = outcome
    entry.resolve(response)
    return response.ok ? undefined : failed(response.status)
  }

  async function sendWrites(): Promise<void> {
    if (isSending) return
    isSending = true
    for (let next = firstWrite(); next && mayGo(); next = firstWrite()) {
      const failed = await deliver(next)
      if (!failed) continue
      const waiting = waitingWrites().length
      if (waiting === 0 || (await mayGoOn({ ...failed, waiting }))) continue
      for (const entry of waitingWrites())
        refuse(entry, refusal('a write that was made before it has failed'))
    }
    isSending = false
    changed()
  }

  const firstWrite = (): Entry | undefined => entries.find((entry) => entry.isWrite)
  const waitingWrites = (): Entry[] => entries.filter((entry) => entry.isWrite && entry.isParked)

  return {
    get size() {
      return entries.length
    },
    get hasWrites() {
      return isSending || firstWrite() !== undefined
    },
    park(call, attempt, order) {
      return entries.length < bounds.maxRequests
        ? add(call, attempt, order, true)
        : Promise.reject(refusal('too many requests wait'))
    },
    join: (call, attempt, order) => add(call, attempt, order, false),
    drain() {
      for (const entry of entries) if (!entry.isWrite && !entry.isLeaving) void deliver(entry)
      void sendWrites()
    },
    giveUp(error) {
      for (const entry of [...entries]) refuse(entry, error)
    },
  }
}
