import type { Queries } from './database.ts'

/**
 * The one form of a user name by which an account is found and guesses at it are counted: NFKC, with case folded. The
 * database stores it and never computes one, because `lower()` of SQL and `toLowerCase()` disagree about letters such
 * as `İ`, and an account that is found by one but counted by the other can be guessed at without limit.
 */
export function canonicalName(username: string): string {
  return (
    username
      .normalize('NFKC')
      // JavaScript has no case folding. There and back is as good: `ẞ` becomes `ß`, `SS` and then `ss`.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      .normalize('NFKC')
  )
}

/**
 * Adds the canonical names to accounts of older databases, where two accounts can turn out to have the same one. The
 * account that was there first keeps it. The other is called by its id as well, until an operator renames it.
 */
export async function addCanonicalNames(tx: Queries): Promise<void> {
  const unnamed = await tx.query<{ id: string; username: string }>(
    'SELECT id, username FROM accounts WHERE canonical_name IS NULL ORDER BY created_at, id',
  )
  for (const { id, username } of unnamed)
    await tx.query(
      `UPDATE accounts
       SET canonical_name = CASE WHEN EXISTS (SELECT FROM accounts WHERE canonical_name = $2)
                                 THEN $2 || ' ' || id ELSE $2 END
       WHERE id = $1`,
      [id, canonicalName(username)],
    )
}
