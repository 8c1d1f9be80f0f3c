import { optionalText, type Body } from './http/body.ts'
import type { Changes } from './changes.ts'
import type { Cookies } from './http/cookies.ts'
import { overAt, started, type SessionDocument } from './document.ts'
import { dataOf, type ForeignTokens, type Settings } from './options.ts'
import { belongsTo } from './refresh/refresh-table.ts'
import { hashOf } from './token/secrets.ts'
import { foreignToken, formatToken, parseToken, type RefreshToken } from './token/token.ts'

/** How a refresh token travels: in an HttpOnly cookie, or in the body for clients that keep it themselves. */
export type Delivery = 'cookie' | 'body'

/** The refresh tokens that came with a request, none of them judged. */
export interface ShownTokens {
  readonly delivery: Delivery
  readonly tokens: readonly RefreshToken[]
  /** Those of another make, which count only if no other proves a live session. */
  readonly foreign: readonly RefreshToken[]
  /** All that are in cookies, also those of sessions that the request does not mean. */
  readonly inCookies: readonly RefreshToken[]
}

/** A session that a request has proved to belong to. */
export interface Found<Data> {
  readonly document: SessionDocument<Data>
  /** The time in the document. */
  readonly at: number
  /** The newest of its tokens that were shown. */
  readonly token: RefreshToken
  /** The tokens that were judged: those of this session, and those of sessions that are over or not kept any more. */
  readonly judged: readonly RefreshToken[]
}

/** No token that was shown belongs to a session. */
export type NotFound = Pick<Found<unknown>, 'judged'>

/** A browser has one session, and perhaps a few that are over. Each costs a read. */
const MOST_SESSIONS = 32

/** Of one name, a browser has a cookie, and perhaps a few that were planted. Each costs the application a look. */
const MOST_FOREIGN = 4

/**
 * Collects the tokens of a request. A token in the body counts alone; without one, the cookies do. If the request names
 * a `sid`, only that session is meant.
 */
export async function readShownTokens<Data>(
  request: Request,
  body: Body,
  cookies: Cookies,
  foreign: Settings<Data>['foreign'],
): Promise<ShownTokens> {
  const sid = optionalText(body, 'sid', 256)
  const inBody = optionalText(body, 'refresh_token', 4096)
  const delivery = inBody === undefined ? 'cookie' : 'body'
  const inCookies = inBody === undefined ? cookies.read(request) : []
  const own = inBody === undefined ? inCookies : [parseToken(inBody) ?? []].flat()
  const tokens = own.filter((token) => sid === undefined || token.sid === sid)
  // A client whose session is of another make can only name it by a sid that the kit does not know.
  const isOwn = foreign === undefined || (sid !== undefined && tokens.length > 0)
  const texts = isOwn ? [] : foreignTexts(request, foreign, cookies, inBody, own)
  return { delivery, tokens, inCookies, foreign: await Promise.all(texts.map(foreignToken)) }
}

function foreignTexts<Data>(
  request: Request,
  { cookie }: ForeignTokens<Data>,
  cookies: Cookies,
  inBody: string | undefined,
  own: readonly RefreshToken[],
): string[] {
  const inCookies = cookie === undefined ? [] : cookies.valuesOf(request, cookie)
  const texts =
    inBody === undefined ? inCookies.slice(-MOST_FOREIGN) : own.length > 0 ? [] : [inBody]
  return texts.filter((text) => text !== '')
}

/**
 * Finds the session that counts: of those whose tokens are genuine, one that is alive before one that is not, and then
 * the youngest. Each is judged by its hashes, whatever its cookie was called. A token that is not genuine is ignored, and
 * its cookie is left alone. Of more than 32 sessions, the last 32 are looked at: browsers send cookies with longer paths,
 * which only another site can have planted, first.
 */
export async function findShown<Data>(
  tokens: readonly RefreshToken[],
  changes: Changes<Data>,
): Promise<Found<Data> | NotFound> {
  const sids = [...new Set(tokens.map(({ sid }) => sid))].slice(-MOST_SESSIONS)
  const judged = await Promise.all(
    sids.map((sid) =>
      judge(
        sid,
        tokens.filter((token) => token.sid === sid),
        changes,
      ),
    ),
  )
  const useless = judged.filter((each) => !('document' in each && isAlive(each)))
  const [found] = judged
    .filter((each) => 'document' in each)
    .sort(
      (a, b) =>
        Number(isAlive(b)) - Number(isAlive(a)) || b.document.startedAt - a.document.startedAt,
    )
  const all = [...new Set([...(found ? [found] : []), ...useless])].flatMap((each) => each.judged)
  return found ? { ...found, judged: all } : { judged: all }
}

function isAlive<Data>({ document, at }: Found<Data>): boolean {
  return overAt(document, at) === undefined
}

async function judge<Data>(
  sid: string,
  shown: readonly RefreshToken[],
  changes: Changes<Data>,
): Promise<Found<Data> | NotFound> {
  const read = await changes.read(sid)
  if (read === undefined) return { judged: shown }
  const genuine = await Promise.all(
    shown.map(async (token) => ((await belongsTo(read.document, token)) ? [token] : [])),
  )
  const judged = genuine.flat().sort((a, b) => b.seq - a.seq)
  const [token] = judged
  return token ? { ...read, token, judged } : { judged }
}

/**
 * Begins the sessions of tokens of another make that have not begun, unless a live session is shown as well. Resolves to
 * the tokens that count.
 */
export async function adoptForeign<Data>(
  { tokens, foreign }: ShownTokens,
  settings: Settings<Data>,
  changes: Changes<Data>,
): Promise<readonly RefreshToken[]> {
  if (foreign.length === 0) return tokens
  const found = await findShown(tokens, changes)
  if ('document' in found && isAlive(found)) return tokens
  for (const token of foreign) await adopt(token, settings, changes)
  return [...tokens, ...foreign]
}

async function adopt<Data>(
  token: RefreshToken,
  { foreign, limits, store }: Settings<Data>,
  changes: Changes<Data>,
): Promise<void> {
  if ((await changes.read(token.sid)) !== undefined) return
  const start = await foreign?.resolve(token.own)
  if (start === undefined) return
  const { subject } = start
  const [family, leaf] = await Promise.all([hashOf(token.family), hashOf(formatToken(token))])
  const born = { sid: token.sid, subject, data: dataOf(start), family, seq: 0, leaf }
  // If another request was faster, its document is the same.
  await changes.write(started(born, limits, start.limits, await store.now()))
}
