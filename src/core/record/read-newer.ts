import { furtherOn } from './further-on.ts'
import type { SessionRecord } from './record.ts'

/**
 * What this version makes of the record of a newer one, whose tokens it cannot renew: a session that the tab is in goes on,
 * with what the tab knows of its user, and another one is there only with a token that can be sent. So a page without a token
 * shows its sign-in (E3).
 */
export function readNewer(
  newer: SessionRecord,
  previous: SessionRecord | null,
  hasToken: boolean,
): SessionRecord {
  const isSame = previous?.session === newer.session
  if (isSame && previous.status === 'logged-in')
    return newer.status === 'logged-in' ? furtherOn(newer, previous) : { ...previous, v: newer.v }
  return hasToken ? newer : { ...newer, status: 'logged-out' }
}
