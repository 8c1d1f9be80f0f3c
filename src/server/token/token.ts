import { drawSecret, hashOf } from './secrets.ts'

/**
 * A refresh token: `<sid>.<seq>.<family>.<own>`. It names its session and its number, and contains two secrets: one that
 * all tokens of the session share, and one of its own. The shared one proves that a token of any age belongs to the
 * session, so spent tokens need not be remembered.
 */
export interface RefreshToken {
  readonly sid: string
  readonly seq: number
  readonly family: string
  readonly own: string
}

const FORM = /^(?<sid>[\w-]{22})\.(?<seq>[1-9]\d{0,8})\.(?<family>[\w-]{22})\.(?<own>[\w-]{22})$/

/** Whether a text can be the name of a session. */
export function isSid(text: string): boolean {
  return /^[\w-]{22}$/.test(text)
}

/**
 * Reads a token that `formatToken` has written; `undefined` if it is something else. Number 0 is not read: only the server
 * itself makes it, of a token of another make.
 */
export function parseToken(text: string): RefreshToken | undefined {
  const { sid = '', seq, family = '', own = '' } = FORM.exec(text)?.groups ?? {}
  return seq === undefined ? undefined : { sid, seq: Number(seq), family, own }
}

/** The token as clients get it. */
export function formatToken({ sid, seq, family, own }: RefreshToken): string {
  return `${sid}.${seq}.${family}.${own}`
}

/** The first token of a new session. */
export function drawToken(): RefreshToken {
  return { sid: drawSecret(), seq: 1, family: drawSecret(), own: drawSecret() }
}

/**
 * A token of another make, as number 0 of a session whose name and family secret are derived from it. So every request
 * that shows it finds the same document, and it is judged like any other token.
 */
export async function foreignToken(text: string): Promise<RefreshToken> {
  const [sid, family] = await Promise.all([hashOf(`sid ${text}`), hashOf(`family ${text}`)])
  return { sid, seq: 0, family, own: text }
}
