import type { AccessTokens } from '../access-tokens.ts'
import type { Queries } from '../database.ts'
import { endFamilies } from '../families.ts'
import { invalid, optionalText, type Body } from '../request-body.ts'
import type { Delivery } from '../token-response.ts'
import type { Mode } from './mode.ts'

/**
 * Pair binding. A refresh token is good only beside the access token that was issued with it: whoever finds it alone, in a
 * log, a backup or a proxy, has nothing, and ends the session by trying. With each refresh token is kept the name (`jti`,
 * RFC 7519 §4.1.7) of its access token. All answers that bring this refresh token bring an access token of that name, a
 * repeated answer (S4) too, so it matters to nobody which of them arrived. That the access token has expired does not
 * matter: it usually has.
 */
export interface Pair {
  /** The name that the refresh token asks for; `null` outside this mode. */
  readonly accessJti: string | null
}

const LONGEST_TOKEN = 4_096

/** The name of the access token in the body of a refresh, if it is one of ours, expired or not. */
export async function readPairedJti(
  body: Body,
  accessTokens: Pick<AccessTokens, 'nameOf'>,
): Promise<string | undefined> {
  const token = optionalText(body, 'access_token', LONGEST_TOKEN)
  return token === undefined ? undefined : accessTokens.nameOf(token)
}

/** Whether a refresh token was shown without the access token that belongs to it. If so, its family is over. */
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

/** Refuses to begin a session that could never renew: a page that keeps its refresh token in a cookie forgets the other one. */
export function mustBePairable(mode: Mode, delivery: Delivery): void {
  if (mode === 'pair' && delivery !== 'body')
    throw invalid('delivery must be "body": a refresh needs the access token, too.')
}
