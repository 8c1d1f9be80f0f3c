import { readJson } from '../../read-json.ts'

/** One cookie that an answer sets or clears. */
export interface SetCookie {
  readonly name: string
  /** Empty when the cookie is cleared. */
  readonly value: string
  /** By lower-case name; empty for a flag such as `httponly`. */
  readonly attributes: ReadonlyMap<string, string>
}

/** An answer of the server under test, read to its end. */
export interface Answer {
  readonly status: number
  readonly ok: boolean
  readonly headers: Headers
  readonly isJson: boolean
  /** The members of a JSON object, by the names that OAuth gives them; none for any other body. */
  readonly body: Readonly<Record<string, unknown>>
  /** The JSON object as text; empty for any other body. */
  readonly text: string
  readonly cookies: readonly SetCookie[]
}

/** Reads a response, whatever its body may be. One that goes on after a megabyte counts as no JSON. */
export async function readAnswer(response: Response): Promise<Answer> {
  const { status, ok, headers } = response
  const isJson = /^application\/([\w.+-]+\+)?json\b/i.test(headers.get('content-type') ?? '')
  const parsed = await readJson(response).catch(() => undefined)
  const members = objectIn(parsed)
  return {
    status,
    ok,
    headers,
    isJson: isJson && members !== undefined,
    body: inWordsOfOauth(members),
    text: members === undefined ? '' : JSON.stringify(members),
    cookies: headers.getSetCookie().map(parseSetCookie),
  }
}

/** The name that the server itself gives to a member of `body`. */
export function ownName({ text }: Answer, name: string): string {
  const members = membersIn(text)
  const names = Object.keys({ ...objectIn(members?.['data']), ...members })
  return names.find((own) => inSnakeCase(own) === name) ?? name
}

function membersIn(text: string): Answer['body'] | undefined {
  try {
    return objectIn(JSON.parse(text))
  } catch {
    return undefined
  }
}

function objectIn(value: unknown): Answer['body'] | undefined {
  return typeof value === 'object' && value !== null ? (value as Answer['body']) : undefined
}

/** Names the members that `readTokenResponse` understands as OAuth does: camel case, `token`, `jwt`, and those in `data`. */
function inWordsOfOauth(members: Answer['body'] = {}): Answer['body'] {
  const all = Object.entries({ ...objectIn(members['data']), ...members })
  const body = Object.fromEntries(all.map(([name, value]) => [inSnakeCase(name), value]))
  const token = body['access_token'] ?? body['token'] ?? body['jwt']
  return token === undefined ? body : { ...body, access_token: token }
}

function inSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** An answer in a few words: its status, and its `error` if that looks like a code. Anything else might be a secret. */
export function inWords({ status, body }: Answer): string {
  const { error } = body
  return typeof error === 'string' && /^[a-z_]{1,40}$/.test(error)
    ? `${status} ${error}`
    : `${status}`
}

/** The `SameSite` of a cookie in lower case; empty without one. */
export function sameSiteOf({ attributes }: SetCookie): string {
  return (attributes.get('samesite') ?? '').toLowerCase()
}

/** Parses as much of RFC 6265 §5.2 as matters here. An expired cookie counts as empty. */
function parseSetCookie(line: string): SetCookie {
  const [pair = '', ...rest] = line.split(';')
  const attributes = new Map(
    rest.map((part) => splitAt(part)).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const [name, value] = splitAt(pair)
  const isCleared = Number(attributes.get('max-age') ?? 1) <= 0
  return { name, value: isCleared ? '' : value, attributes }
}

function splitAt(text: string): [name: string, value: string] {
  const at = text.indexOf('=')
  return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}
