import type { SessionDocument, SessionEnd } from './document.ts'

/**
 * Where documents are kept. Everything a store promises is tested by `storeContract` of `latchkey/testing`.
 *
 * Reads are linearizable: a read that begins after a write was confirmed sees it. So read from the primary and not from
 * a replica, and from Redis only without eviction, and with persistence (`appendfsync always`) if a crash must not put a
 * session back. A store that loses the last write makes the next refresh look like theft.
 */
export interface SessionStore {
  /** The current time in epoch milliseconds: one clock for all instances, or theirs if these agree within a second. */
  now(): number | Promise<number>
  /** Reads the document of a session, with the time of {@link now}. Resolves to `undefined` if the session is unknown. */
  read(sid: string): Promise<ReadDocument | undefined>
  /**
   * Writes a document if the stored one has the version before, or, for version 1, if the store has no such session. Resolves to whether
   * it was written. The store may delete it when `keepUntil` (epoch milliseconds) has passed.
   */
  write(document: SessionDocument, keepUntil: number): Promise<boolean>
  /** All documents of a subject, those of ended sessions too if they are still kept. */
  list(subject: string): Promise<readonly SessionDocument[]>
  /**
   * The documents of sessions that have ended at `since` (epoch milliseconds) or later. May leave out what ended a day
   * ago.
   */
  endedSince(since: number): Promise<readonly SessionDocument[]>
}

/** A document, and when it was read by the clock of the store. */
export interface ReadDocument {
  readonly document: SessionDocument
  readonly readAt: number
}

/** A session that has ended. Its access tokens are to be refused from now on. */
export interface EndedSession extends SessionEnd {
  readonly sid: string
  readonly subject: string
}
