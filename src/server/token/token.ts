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

const FORM = /^(?<sid>[\w-]{22})\.(?<seq>\d{1,9})\.(?<family>[\w-]{22})\.(?<own>[\w-]{32})$/

/** Reads a token that `formatToken` has written; `undefined` if it is something else. */
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
  return { sid: drawSecret(16), seq: 1, family: drawSecret(16), own: drawOwn() }
}

/** The secret of one token alone. */
export function drawOwn(): string {
  return drawSecret(24)
}

/**
 * A token of another make, as number 0 of a session whose name and family secret are derived from it. So every request
 * that shows it finds the same document, and it is judged like any other token.
 */
export async function foreignToken(text: string): Promise<RefreshToken> {
  const [sid, family] = await Promise.all([hashOf(`sid ${text}`), hashOf(`family ${text}`)])
  return { sid: sid.slice(0, 22), seq: 0, family: family.slice(0, 22), own: text }
}
