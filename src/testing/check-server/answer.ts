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
  /** The members of a JSON object; none for any other body. */
  readonly body: Readonly<Record<string, unknown>>
  readonly cookies: readonly SetCookie[]
}

/** Reads a response, whatever its body may be. One that goes on after a megabyte counts as no JSON. */
export async function readAnswer(response: Response): Promise<Answer> {
  const { status, ok, headers } = response
  const isJson = /^application\/([\w.+-]+\+)?json\b/i.test(headers.get('content-type') ?? '')
  const parsed = await readJson(response).catch(() => undefined)
  const isObject = typeof parsed === 'object' && parsed !== null
  return {
    status,
    ok,
    headers,
    isJson: isJson && isObject,
    body: isObject ? (parsed as Answer['body']) : {},
    cookies: headers.getSetCookie().map(parseSetCookie),
  }
}

/** An answer in a few words: its status, and its `error` if that looks like a code. Anything else might be a secret. */
export function inWords({ status, body }: Answer): string {
  const { error } = body
  return typeof error === 'string' && /^[a-z_]{1,40}$/.test(error)
    ? `${status} ${error}`
    : `${status}`
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
