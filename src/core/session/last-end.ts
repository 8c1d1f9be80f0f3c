import type { SessionEnd } from '../../session-state.ts'
import { inSession } from '../record/record.ts'
import { recordedEnd } from '../record/snapshot.ts'
import { endTaken } from '../record/transitions.ts'
import type { Ledger } from '../shared/ledger.ts'

/** Resolves to why the last session ended, once for all tabs; `null` when it has been taken already. */
export async function takeLastEnd(
  ledger: Ledger,
  tabId: string,
  informed: Promise<void>,
): Promise<SessionEnd | null> {
  // This page may be the one to find out that the session is over.
  await informed
  const found = await ledger.read()
  if (!found?.end) return null
  const { outcome } = await ledger.write(inSession(found.session, endTaken))
  return outcome === 'written' ? recordedEnd(found, tabId) : null
}
