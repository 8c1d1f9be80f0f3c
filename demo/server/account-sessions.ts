import type { Database } from './database.ts'
import { endFamilies } from './families.ts'
import { FAMILY_ENDS_AT } from './family-limits.ts'

/** One login of an account, as its owner sees it in a list of devices. */
export interface AccountSession {
  readonly sid: string
  /** What the login called itself. */
  readonly device: string | null
  readonly created_at: Date
  /** When it last renewed its token: late by up to the life of an access token. */
  readonly last_seen_at: Date
  /** Where it was seen last. */
  readonly address: string | null
  /** The networks that it has come from, the newest last. */
  readonly networks: readonly string[]
  /** When it came from a network for the first time, but for the one it signed in from. */
  readonly moved_at: Date | null
}

/** Who asks: the claims of an access token. */
export interface Caller {
  readonly sub: string
  readonly sid: string
}

/** The sessions of an account that live, for those who sign out the device they left on a train. */
export interface AccountSessions {
  /** The newest first. Empty if the caller's own is over: its access token outlives it, and shall not show others. */
  list(caller: Caller): Promise<AccountSession[]>
  /** Ends one; says whether there was one to end, and whether the caller still may. */
  close(caller: Caller, sid: string): Promise<boolean>
  /** Ends all but the caller's own; says how many there were. */
  closeOthers(caller: Caller): Promise<number>
}

const LIVES = `ended_at IS NULL AND ${FAMILY_ENDS_AT} > clock_timestamp()`

export function createAccountSessions(database: Database): AccountSessions {
  const list: AccountSessions['list'] = async ({ sub, sid }) => {
    const sessions = await database.query<AccountSession>(
      `SELECT sid, device, created_at,
              coalesce((SELECT max(spent_at) FROM refresh_tokens AS t WHERE t.sid = families.sid),
                       created_at) AS last_seen_at,
              address, coalesce(networks, '{}') AS networks, moved_at
       FROM families WHERE account_id = $1 AND ${LIVES} ORDER BY created_at DESC`,
      [sub],
    )
    return sessions.some((each) => each.sid === sid) ? sessions : []
  }

  return {
    list,

    async close(caller, sid) {
      const sessions = await list(caller)
      if (!sessions.some((each) => each.sid === sid)) return false
      await database.transaction((tx) => endFamilies(tx, 'ended_by_owner', [sid]))
      return true
    },

    async closeOthers(caller) {
      const others = (await list(caller)).filter(({ sid }) => sid !== caller.sid)
      const sids = others.map(({ sid }) => sid)
      await database.transaction((tx) => endFamilies(tx, 'ended_by_owner', sids))
      return sids.length
    },
  }
}
