import { canonicalName } from './canonical-name.ts'
import type { Config } from './config.ts'
import type { Database } from './database.ts'
import { customerOf } from './network-of.ts'
import { Refusal } from './refusal.ts'

/**
 * Limits how fast passwords can be guessed, by account and by address, and how many visitors an address can create. The
 * counts are in the database, so instances share them and they survive a restart.
 */
export interface Attempts {
  /** Counts an attempt before the password is checked, so that parallel guesses count too. Throws a 429 `Refusal`. */
  count(attempt: Attempt): Promise<void>
  /** Takes a count back, because the password was right. */
  forgive(attempt: Attempt): Promise<void>
}

export interface Attempt {
  /** Left out if no account is being guessed. */
  readonly username?: string
  readonly address: string
  /** Visitors without an account are counted separately, so that they cannot keep users from logging in. */
  readonly as?: 'visitor'
}

export function createAttempts(
  database: Database,
  config: Pick<
    Config,
    'attemptsPerAccount' | 'attemptsPerAddress' | 'visitorsPerAddress' | 'attemptsWindowS'
  >,
): Attempts {
  function mostIn(bucket: string): number {
    if (bucket.startsWith('account ')) return config.attemptsPerAccount
    return bucket.startsWith('visitor ') ? config.visitorsPerAddress : config.attemptsPerAddress
  }

  return {
    async count(attempt) {
      const counted = await database.query<{ bucket: string; count: number; seconds: number }>(
        `INSERT INTO attempts AS a (bucket, count, ends_at)
         SELECT bucket, 1, now() + make_interval(secs => $2) FROM unnest($1::text[]) AS bucket ORDER BY bucket
         ON CONFLICT (bucket) DO UPDATE
         SET count = CASE WHEN a.ends_at > now() THEN a.count + 1 ELSE 1 END,
             ends_at = CASE WHEN a.ends_at > now() THEN a.ends_at ELSE excluded.ends_at END
         RETURNING bucket, count, extract(epoch FROM ends_at - now())::float8 AS seconds`,
        [bucketsOf(attempt), config.attemptsWindowS],
      )
      const full = counted.filter(({ bucket, count }) => count > mostIn(bucket))
      if (full.length === 0) return
      const waitS = Math.ceil(Math.max(...full.map(({ seconds }) => seconds)))
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
                          WHERE bucket = ANY ($1::text[]) ORDER BY bucket FOR UPDATE)`,
        [bucketsOf(attempt)],
      )
    },
  }
}

function bucketsOf({ username, address, as }: Attempt): string[] {
  const byAddress = `${as ?? 'address'} ${customerOf(address)}`
  return username === undefined ? [byAddress] : [`account ${canonicalName(username)}`, byAddress]
}
