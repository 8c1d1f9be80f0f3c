import type { SessionEnd } from '../../session-state.ts'
import { recordedEnd } from '../record/snapshot.ts'
import type { Ledger } from '../shared/ledger.ts'

/** Resolves to why the last session ended; `null` if none has, or the next one has begun. */
export async function takeLastEnd(
  ledger: Pick<Ledger, 'read'>,
  tabId: string,
  informed: Promise<void>,
): Promise<SessionEnd | null> {
  // This page may be the one to find out that the session is over.
  await informed
  const found = await ledger.read()
  return found && recordedEnd(found, tabId)
}
