import type { Database } from './database.ts'
import { endFamilies } from './families.ts'
import { FAMILY_ENDS_AT } from './family-limits.ts'

/** One login of an account, as its owner sees it in the list of devices. */
export interface AccountSession {
  readonly sid: string
  /** The name that the login gave. */
  readonly device: string | null
  readonly created_at: Date
  /** When it last renewed its token; the real last use may be up to one access token lifetime later. */
  readonly last_seen_at: Date
  /** The address that it was last seen at. */
  readonly address: string | null
  /** The networks that it has been used from, the newest last. */
  readonly networks: readonly string[]
  /** When it was last used from a network that was new to it; `null` if it never was, since the login. */
  readonly moved_at: Date | null
}

/** The caller, by the claims of an access token. */
export interface Caller {
  readonly sub: string
  readonly sid: string
}

/** The live sessions of an account, so that a user can sign out a device that was lost. */
export interface AccountSessions {
  /**
   * Lists the newest first. Empty if the caller's own session is over: its access token is still good, but must not
   * show the others.
   */
  list(caller: Caller): Promise<AccountSession[]>
  /** Ends one session. Returns whether there was one to end, and the caller's own is still alive. */
  close(caller: Caller, sid: string): Promise<boolean>
  /** Ends all but the caller's own, and returns their number. */
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
