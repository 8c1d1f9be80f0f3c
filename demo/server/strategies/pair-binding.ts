import type { AccessTokens } from '../access-tokens.ts'
import type { Queries } from '../database.ts'
import { endFamilies } from '../families.ts'
import { invalid, optionalText, type Body } from '../request-body.ts'
import type { Delivery } from '../token-response.ts'
import type { Mode } from './mode.ts'

/**
 * Pair binding. A refresh token is accepted only beside the access token that was issued with it. If it is found alone,
 * in a log, a backup or a proxy, it is useless, and using it ends the session. The server stores the name (`jti`, RFC
 * 7519 §4.1.7) of the access token with each refresh token. All answers with this refresh token have an access token of
 * that name, repeated answers (S4) included, so it does not matter which of them arrived. The access token may have
 * expired; it usually has.
 */
export interface Pair {
  /** The `jti` that the access token must have; `null` outside this mode. */
  readonly accessJti: string | null
}

const LONGEST_TOKEN = 4_096

/** The `jti` of the access token in the body of a refresh, if this server has signed it, expired or not. */
export async function readPairedJti(
  body: Body,
  accessTokens: Pick<AccessTokens, 'nameOf'>,
): Promise<string | undefined> {
  const token = optionalText(body, 'access_token', LONGEST_TOKEN)
  return token === undefined ? undefined : accessTokens.nameOf(token)
}

/**
 * Ends the family if its refresh token was shown without the access token that it is bound to; returns whether it did.
 */
export async function endMismatched(
  tx: Queries,
  sid: string,
  { accessJti }: Pair,
  shownJti: string | undefined,
): Promise<boolean> {
  if (accessJti === null || accessJti === shownJti) return false
  await endFamilies(tx, 'pair_mismatch', [sid])
  return true
}

/**
 * Refuses a login whose session could never be renewed: a page with its refresh token in a cookie does not keep the
 * access token over a reload.
 */
export function mustBePairable(mode: Mode, delivery: Delivery): void {
  if (mode === 'pair' && delivery !== 'body')
    throw invalid('delivery must be "body": a refresh needs the access token, too.')
}
