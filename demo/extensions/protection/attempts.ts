import { canonicalName } from '../../server/accounts/canonical-name.ts'
import type { Config } from '../../config.ts'
import type { Database } from '../../database/database.ts'
import { blocksOf } from './network-of.ts'
import { Refusal } from '../../server/http/refusal.ts'

/**
 * Limits how fast passwords can be guessed, by account and by address, and how many visitors an address can create. The
 * counts are in the database, so instances share them and they survive a restart.
 */
export interface Attempts {
  /**
   * Counts an attempt before the password is checked, so that parallel guesses count too. Throws a 429 `Refusal` if the
   * account or the address has had all of its attempts. A refused attempt writes nothing and counts nowhere: otherwise
   * one address could lock any number of accounts, and fill the table with names that it invents.
   */
  count(attempt: Attempt): Promise<void>
  /** Takes a count back, because the password was right. */
  forgive(attempt: Attempt): Promise<void>
}

export interface Attempt {
  /** Left out if no account is being guessed. */
  readonly username?: string | undefined
  readonly address: string
  /** Visitors without an account are counted separately, so that they cannot keep users from logging in. */
  readonly as?: 'visitor'
}

interface Bucket {
  readonly name: string
  /** How many attempts fit into it. */
  readonly size: number
}

type AttemptsConfig = Pick<
  Config,
  'attemptsPerAccount' | 'attemptsPerAddress' | 'visitorsPerAddress' | 'attemptsWindowS'
>

export function createAttempts(database: Database, config: AttemptsConfig): Attempts {
  return {
    async count(attempt) {
      const buckets = bucketsOf(attempt, config)
      const [counted] = await database.query<{ isWhole: boolean; waitS: number | null }>(
        // An attempt that runs into the limit beside others is kept from going over it by the last condition. It may have
        // been counted in its other buckets by then, once for each connection to the database at most.
        `WITH wanted AS (
           SELECT * FROM unnest($1::text[], $2::int[]) WITH ORDINALITY AS w (bucket, size, place)
         ), spent AS (
           SELECT max(ends_at) AS until FROM attempts JOIN wanted USING (bucket)
           WHERE ends_at > now() AND count >= size
         ), counted AS (
           INSERT INTO attempts AS a (bucket, count, ends_at)
           SELECT bucket, 1, now() + make_interval(secs => $3) FROM wanted
           WHERE (SELECT until FROM spent) IS NULL ORDER BY place
           ON CONFLICT (bucket) DO UPDATE
           SET count = CASE WHEN a.ends_at > now() THEN a.count + 1 ELSE 1 END,
               ends_at = CASE WHEN a.ends_at > now() THEN a.ends_at ELSE excluded.ends_at END
           WHERE a.ends_at <= now() OR a.count < (SELECT size FROM wanted WHERE bucket = a.bucket)
           RETURNING 1
         )
         SELECT (SELECT count(*) FROM counted) = (SELECT count(*) FROM wanted) AS "isWhole",
                (SELECT extract(epoch FROM until - now())::float8 FROM spent) AS "waitS"`,
        [namesOf(buckets), buckets.map(({ size }) => size), config.attemptsWindowS],
      )
      if (counted?.isWhole === true) return
      const waitS = Math.ceil(counted?.waitS ?? 1)
      throw new Refusal(429, 'too_many_attempts', `Too many attempts. Try again in ${waitS} s.`, {
        'retry-after': String(waitS),
      })
    },

    async forgive(attempt) {
      await database.query(
        // Lock the rows in the same order as the count does. Two requests that lock them in different orders would
        // deadlock.
        `UPDATE attempts SET count = greatest(0, count - 1)
         WHERE bucket IN (SELECT bucket FROM attempts
                          JOIN unnest($1::text[]) WITH ORDINALITY AS w (bucket, place) USING (bucket)
                          ORDER BY place FOR UPDATE OF attempts)`,
        [namesOf(bucketsOf(attempt, config))],
      )
    },
  }
}

/** The buckets that an attempt needs room in: of its address, the widest first, and of the account. */
function bucketsOf({ username, address, as }: Attempt, config: AttemptsConfig): readonly Bucket[] {
  const perAddress = as === 'visitor' ? config.visitorsPerAddress : config.attemptsPerAddress
  const ofAddress = blocksOf(address).map(({ block, customers }) => ({
    name: `${as ?? 'address'} ${block}`,
    size: perAddress * customers,
  }))
  if (username === undefined) return ofAddress
  const ofAccount = { name: `account ${canonicalName(username)}`, size: config.attemptsPerAccount }
  return [...ofAddress, ofAccount]
}

function namesOf(buckets: readonly Bucket[]): string[] {
  return buckets.map(({ name }) => name)
}
