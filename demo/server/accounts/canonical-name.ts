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
