import type { SessionDocument } from '../../server/document.ts'
import type { SessionStore } from '../../server/store.ts'
import { must } from '../check-server/check.ts'
import { drawKey } from '../check-server/draw-key.ts'

/** An hour, in milliseconds. */
export const HOUR_MS = 3_600_000

/** A document as the kit makes them, that is not written yet. */
export async function sample(
  store: SessionStore,
  members: Partial<SessionDocument> = {},
): Promise<SessionDocument> {
  const at = Math.floor(await store.now())
  return {
    sid: drawName(),
    subject: drawName(),
    version: 1,
    family: drawName(),
    seq: 1,
    leaf: drawName(),
    spent: [{ at, key: drawName() }, { at }],
    salt: drawName(),
    startedAt: at,
    seenAt: at,
    sessionEndsAt: at + HOUR_MS,
    refreshEndsAt: at + HOUR_MS,
    data: {},
    ...members,
  }
}

/** Writes version 1 of a document. */
export async function begin(
  store: SessionStore,
  members?: Partial<SessionDocument>,
): Promise<SessionDocument> {
  const document = await sample(store, members)
  must(await write(store, document), 'Version 1 was not written.')
  return document
}

/** Writes a document, to be kept for an hour. */
export function write(store: SessionStore, document: SessionDocument): Promise<boolean> {
  return store.write(document, document.startedAt + HOUR_MS)
}

/** The next version of a document, which says that the session has ended. */
export function ended(
  document: SessionDocument,
  reason: string,
  at: number = document.startedAt,
): SessionDocument {
  return { ...document, version: document.version + 1, end: { at, reason, until: at + HOUR_MS } }
}

/** Throws unless the store has this version of a document. */
export async function mustRead(store: SessionStore, document: SessionDocument): Promise<void> {
  mustEqual((await store.read(document.sid))?.document, document)
}

/** Throws unless a subject has these sessions and no others. */
export async function mustList(
  store: SessionStore,
  subject: string,
  documents: readonly SessionDocument[],
): Promise<void> {
  const bySid = (a: SessionDocument, b: SessionDocument) => (a.sid < b.sid ? -1 : 1)
  mustEqual([...(await store.list(subject))].sort(bySid), [...documents].sort(bySid))
}

/** Throws unless two values are the same JSON. */
export function mustEqual(found: unknown, wanted: unknown): void {
  const [is, was] = [found, wanted].map((value) => JSON.stringify(value, inOrder))
  must(is === was, `It gave ${is ?? 'undefined'} instead of ${was ?? 'undefined'}.`)
}

/** Members in the order of their names: a database may store them in any. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** A random name as short as a sid. */
export function drawName(): string {
  return drawKey().slice(0, 22)
}
