import { claimsOf, subjectOf, type Tokens } from '../../tokens.ts'
import type { SessionRecord } from './record.ts'

/**
 * Whether tokens belong to another session than `record`, or to another user, as far as the tokens tell (E1). `spent`
 * are the tokens they were fetched with, where script can read them. A user may have several names, one in the ID token
 * and one for each API (pairwise, OpenID Connect Core §8), and not every answer has an ID token. So a name is compared
 * only with the name that the same kind of token had before.
 */
export function isForeign(
  { sid, subject }: SessionRecord,
  spent: Tokens | null,
  brought: Tokens,
): boolean {
  if (differs(sid, brought.sessionId)) return true
  if (!spent) return differs(subject, subjectOf(brought))
  const [known, told] = [spent, brought].map((of) => of.subject ?? claimsOf(of.idToken)?.sub)
  if (known !== undefined && told !== undefined) return known !== told
  const [before, now] = [spent, brought].map(({ accessToken }) => claimsOf(accessToken))
  const isForOneApi = String(before?.['aud']) === String(now?.['aud'])
  return isForOneApi && differs(before?.sub ?? null, now?.sub)
}

function differs(known: string | null, told: string | null | undefined): boolean {
  return known !== null && (told ?? known) !== known
}
