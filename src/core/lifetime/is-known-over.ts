import { isExpired } from '../record/expiry.ts'
import { isAhead } from '../record/further-on.ts'
import type { SessionRecord } from '../record/record.ts'
import type { SessionMs } from '../time/moments.ts'

/**
 * Whether the session of this tab is known to be over, without a look at the record: by what the tab knows itself, or by a
 * mirror that is not behind that. A mirror can be wrong, so it may forbid a request and never allow one.
 */
export function isKnownOver(
  own: SessionRecord | null,
  mirrored: SessionRecord | null,
  now: SessionMs,
): boolean {
  const known = mirrored && !isAhead(own, mirrored) ? [own, mirrored] : [own]
  return known.some(
    (record) =>
      record?.session !== own?.session || record?.status !== 'logged-in' || isExpired(record, now),
  )
}
