import type { Body } from '../http/body.ts'
import type { Changes } from '../changes.ts'
import { overAt, rotated, sessionOf, type Over, type SessionDocument } from '../document.ts'
import type { RefreshVerdict, Settings } from '../options.ts'
import { decide, shownTo } from './refresh-table.ts'
import { drawSecret, hashOf, successorOf, type Key } from '../token/secrets.ts'
import { findShown, type Found, type NotFound } from '../shown-tokens.ts'
import { formatToken, type RefreshToken } from '../token/token.ts'

/** A request to renew a session. */
export interface RefreshRequest {
  readonly request: Request
  readonly body: Body
  readonly tokens: readonly RefreshToken[]
  /** The number of the token that the client believes it spends. */
  readonly seq: number | undefined
  /** The `Idempotency-Key`: the same for every attempt of a client at one rotation. */
  readonly key: Key | undefined
  /** How long the user has been idle, if the client watches and reports it. */
  readonly idleMs: number | undefined
}

/** What came of it: the row of the refresh table that answers, with the session as it is now. */
export type Refreshed<Data> =
  | { readonly row: 'S1'; readonly because: { readonly by: 'unknown' }; readonly found: NotFound }
  | { readonly row: 'S1'; readonly because: Over | Refused; readonly found: Found<Data> }
  | {
      readonly row: 'S2' | 'S3' | 'S4'
      readonly granted: RefreshToken
      readonly found: Found<Data>
    }
  | { readonly row: 'S5' | 'S6' | 'S7'; readonly found: Found<Data> }

/** The application does not let the session go on. */
export type Refused = { readonly by: 'application' } & Extract<
  RefreshVerdict<never>,
  { readonly end: string }
>

/**
 * Answers a refresh by the table in docs/protocol.md: one read, and one conditional write if something changes. If
 * another request was faster, the decision is made again, on what that one has written.
 */
export function refreshSession<Data>(
  request: RefreshRequest,
  settings: Settings<Data>,
  changes: Changes<Data>,
): Promise<Refreshed<Data>> {
  return changes.retry(async () => {
    const found = await findShown(request.tokens, changes)
    if (!('document' in found)) return { row: 'S1', because: { by: 'unknown' }, found }
    const { document, at, token } = found
    const over = overAt(document, at)
    if (over) return { row: 'S1', because: over, found }

    const context = { request: request.request, body: request.body, seq: token.seq }
    const verdict = await settings.beforeRefresh?.(sessionOf(document), context)
    if (verdict && 'end' in verdict) {
      const isWritten = await changes.endHere(document, verdict.end, at)
      return isWritten && { row: 'S1', because: { by: 'application', ...verdict }, found }
    }

    const shown = await shownTo(document, token, { ...request, graceS: settings.graceS }, at)
    const decision = decide(shown)
    const data = verdict?.data ?? document.data
    const unchanged = { ...found, document: { ...document, data } }
    switch (decision.row) {
      case 'S2': {
        const { granted, next } = await rotate(found, data, request, settings)
        // Only a successor that was stored is handed out. If the write fails, it is forgotten.
        return (await changes.write(next))
          ? { row: 'S2', granted, found: { ...found, document: next } }
          : undefined
      }
      case 'S3':
        return { row: 'S3', granted: token, found: unchanged }
      case 'S4':
        return {
          row: 'S4',
          granted: { ...token, seq: token.seq + 1, own: decision.successor },
          found: unchanged,
        }
      case 'S7': {
        const isWritten = await changes.endHere(document, 'reuse_detected', at)
        return isWritten && { row: 'S7', found }
      }
      case 'S5':
      case 'S6':
        return { row: decision.row, found }
    }
  })
}

async function rotate<Data>(
  { document, at, token }: Found<Data>,
  data: Data,
  { key, idleMs }: RefreshRequest,
  settings: Settings<Data>,
): Promise<{ readonly granted: RefreshToken; readonly next: SessionDocument<Data> }> {
  // Without a key, no request can ask for the successor again.
  const salt = key && drawSecret()
  const own = key && salt ? await successorOf(formatToken(token), key, salt) : drawSecret()
  const granted = { ...token, seq: document.seq + 1, own }
  const leaf = await hashOf(formatToken(granted))
  const rotation = { leaf, salt, key: key?.hash, idleMs, data }
  return { granted, next: rotated(document, rotation, settings, at) }
}
