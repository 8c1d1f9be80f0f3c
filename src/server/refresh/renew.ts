import type { Changes } from '../changes.ts'
import { overAt, prolonged, sessionOf, type Over, type SessionDocument } from '../document.ts'
import type { Settings } from '../options.ts'
import type { Refused } from './refresh.ts'
import type { Renewal } from '../sessions.ts'

/** A request to renew a session without a refresh token. */
export interface RenewRequest extends Renewal {
  readonly request: Request
  readonly sid: string
}

/** What came of it. */
export type Renewed<Data> =
  | { readonly document: SessionDocument<Data>; readonly at: number }
  | { readonly because: Over | Refused | { readonly by: 'unknown' } }

/** Requests that arrive together need not move the limits by milliseconds, one after the other. */
const CLOSE_MS = 1_000

/** Moves the limits of a session that is alive and may go on. */
export function renewSession<Data>(
  { request, sid, renewTtlS, idleMs }: RenewRequest,
  { beforeRefresh, limits }: Pick<Settings<Data>, 'beforeRefresh' | 'limits'>,
  changes: Changes<Data>,
): Promise<Renewed<Data>> {
  return changes.retry(async () => {
    const found = await changes.read(sid)
    if (found === undefined) return { because: { by: 'unknown' } }
    const { document, at } = found
    const over = overAt(document, at)
    if (over) return { because: over }

    const context = { request, body: {}, seq: document.seq }
    const verdict = await beforeRefresh?.(sessionOf(document), context)
    if (verdict && 'end' in verdict) {
      const isWritten = await changes.endHere(document, verdict.end, at)
      return isWritten && { because: { by: 'application', ...verdict } }
    }

    const data = verdict?.data ?? document.data
    const { accessTtlS } = limits
    const moved = prolonged(document, { idleMs, refreshTtlS: renewTtlS, accessTtlS }, at)
    if (data === document.data && isClose(moved, document)) return { document, at }
    const version = document.version + 1
    const next = { ...document, ...moved, version, seenAt: at, data }
    return (await changes.write(next)) ? { document: next, at } : undefined
  })
}

type Limits = ReturnType<typeof prolonged>

function isClose(wanted: Limits, { refreshEndsAt, idleEndsAt = 0 }: Limits): boolean {
  return (
    wanted.refreshEndsAt - refreshEndsAt < CLOSE_MS &&
    (wanted.idleEndsAt ?? 0) - idleEndsAt < CLOSE_MS
  )
}
