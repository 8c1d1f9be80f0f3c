import { optionalText, type Body } from './http/body.ts'
import type { Changes } from './changes.ts'
import type { Cookies } from './http/cookies.ts'
import { overAt, started, type SessionDocument } from './document.ts'
import { dataOf, type Settings } from './options.ts'
import { belongsTo } from './refresh/refresh-table.ts'
import { hashOf } from './token/secrets.ts'
import { foreignToken, parseToken, type RefreshToken } from './token/token.ts'

/** How a refresh token travels: in an HttpOnly cookie, or in the body for clients that keep it themselves. */
export type Delivery = 'cookie' | 'body'

/** The refresh tokens that came with a request, none of them judged. */
export interface ShownTokens {
  readonly delivery: Delivery
  readonly tokens: readonly RefreshToken[]
  /** A cookie of another session was sent as well. */
  readonly hasOthers: boolean
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
  const own = inBody === undefined ? cookies.read(request) : [parseToken(inBody) ?? []].flat()
  const meant = own.filter((token) => sid === undefined || token.sid === sid)
  const hasOthers = meant.length < own.length
  // A client whose session is of another make can only name it by a sid that the kit does not know.
  if (foreign === undefined || (sid !== undefined && meant.length > 0))
    return { delivery, tokens: meant, hasOthers }
  const inCookies = foreign.cookie === undefined ? [] : cookies.valuesOf(request, foreign.cookie)
  const texts =
    inBody === undefined ? inCookies.slice(-MOST_FOREIGN) : own.length > 0 ? [] : [inBody]
  const foreigners = await Promise.all(texts.filter((text) => text !== '').map(foreignToken))
  return { delivery, tokens: [...meant, ...foreigners], hasOthers }
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

/** Begins the session of a token of another make, unless it has begun or the application does not know the token. */
export async function adoptForeign<Data>(
  token: RefreshToken,
  { foreign, limits }: Pick<Settings<Data>, 'foreign' | 'limits'>,
  changes: Changes<Data>,
  now: () => number | Promise<number>,
): Promise<void> {
  if (token.seq !== 0 || (await changes.read(token.sid)) !== undefined) return
  const start = await foreign?.resolve(token.own)
  if (start === undefined) return
  const { subject } = start
  const [family, leaf] = await Promise.all([hashOf(token.family), hashOf(token.own)])
  const born = { sid: token.sid, subject, data: dataOf(start), family, seq: 0, leaf }
  // If another request was faster, its document is the same.
  await changes.write(started(born, limits, start.limits, await now()))
}
