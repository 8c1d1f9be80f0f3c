import { overAt } from '../document.ts'
import { shownTo } from './refresh-table.ts'
import type { Found } from '../shown-tokens.ts'
import type { Key } from '../token/secrets.ts'

/**
 * Whether a token may end all sessions of its user: the leaf may, and the token spent last, with its key, while its
 * successor is unused, because then the answer was lost. An older token may be in the hands of a thief. So may be that of
 * a session that is over.
 */
export async function mayEndAll<Data>(
  { document, token, at }: Found<Data>,
  key: Key | undefined,
): Promise<boolean> {
  if (overAt(document, at)) return false
  const { isSpent, successor } = await shownTo(document, token, { key, graceS: 0 }, at)
  return !isSpent || successor !== undefined
}
