import {
  createSessions,
  type AuditEntry,
  type Session as KitSession,
  type Sessions as KitSessions,
  type SessionsOptions,
  type SessionStore,
} from '../../src/server/index.ts'
import type { AccessTokens } from './access-tokens.ts'
import type { Config } from '../config.ts'
import type { Extension } from './extension.ts'
import { shortSid, type Log } from './log.ts'

/** What this application keeps with a session. */
export interface SessionData {
  readonly username: string
  /** The name of the device, as the sign-in gave it. */
  readonly device?: string | undefined
}

export type Session = KitSession<SessionData>
export type Sessions = KitSessions<SessionData>
type BeforeRefresh = NonNullable<SessionsOptions<SessionData>['beforeRefresh']>

type SessionsConfig = Pick<
  Config,
  'accessTtlS' | 'refreshTtlS' | 'sessionTtlS' | 'idleTtlS' | 'graceS' | 'allowedOrigins'
>

/** The kit, with the settings of this server and the hooks of the extensions. */
export function openSessions(
  store: SessionStore,
  { graceS, allowedOrigins, ...limits }: SessionsConfig,
  {
    accessTokens,
    extensions,
    log,
  }: {
    readonly accessTokens: Pick<AccessTokens, 'issue'>
    readonly extensions: readonly Extension[]
    readonly log: Log
  },
): Sessions {
  const { accessTtlS, refreshTtlS, sessionTtlS, idleTtlS } = limits
  return createSessions<SessionData>({
    store,
    limits: { accessTtlS, refreshTtlS, sessionTtlS, idleTtlS },
    graceS,
    origins: allowedOrigins,
    accessToken: (session, life) => accessTokens.issue(session, life),
    beforeRefresh: inTurn(extensions.flatMap(({ beforeRefresh }) => beforeRefresh ?? [])),
    audit(entry) {
      log(logged(entry))
      for (const { audit } of extensions) audit?.(entry)
    },
  })
}

/** Asks one hook after the other. Each sees the data of the one before, and the first that ends the session decides. */
function inTurn(hooks: readonly BeforeRefresh[]): BeforeRefresh {
  return async (session, context) => {
    let { data } = session
    for (const hook of hooks) {
      const verdict = await hook({ ...session, data }, context)
      if (verdict && 'end' in verdict) return verdict
      data = verdict?.data ?? data
    }
    return data === session.data ? undefined : { data }
  }
}

function logged({ event, sid, row, reason }: AuditEntry) {
  return {
    event: row === 'S7' ? 'reuse_detected' : event,
    sid: shortSid(sid),
    ...(row !== undefined && { row }),
    ...(reason !== undefined && { reason }),
  }
}
