import { SessionError } from '../errors.ts'
import { claimsOf, type Tokens } from '../tokens.ts'

type Members = Readonly<Record<string, unknown>>
type Names = readonly [name: string, ...others: string[]]
/** A member under the name that the server gave it. */
type Member = readonly [name: string, value: unknown]

const ACCESS_TOKEN: Names = ['access_token', 'token', 'jwt']
// A number of seconds since 1970 is below it until the year 5138; a number of milliseconds has been above it since 1973.
const LEAST_MS = 1e11

/**
 * Reads a token response: RFC 6749 §5.1, plus `refresh_expires_in`, `session_expires_in`, `sid` and `seq`, in seconds. Each
 * name may be written in camel case. The access token may be called `token` or `jwt`, its expiry may be a moment (`expires_at`, in seconds,
 * milliseconds or as a date), and everything may be in a member `data`. Throws `SessionError('invalid_response')` that names
 * the wrong member, but not its value, and the members that are there if there is no access token.
 */
export function readTokenResponse(answer: unknown): Tokens {
  const outer = membersOf(answer)
  if (typeof outer['json'] === 'function')
    throw new SessionError('invalid_response', 'Pass the parsed body: await response.json()')
  const [, found] = find(outer, ...ACCESS_TOKEN)
  const members = found === undefined ? membersOf(outer['data']) : outer

  function text(...names: Names): string | undefined {
    const [name, value] = find(members, ...names)
    if (value === undefined || (typeof value === 'string' && value !== '')) return value
    throw invalid(name, 'a non-empty string', value)
  }

  function number(wanted: string, unit = 1): number | undefined {
    const [name, value] = find(members, wanted)
    const number = numberIn(value)
    if (number === undefined) return undefined
    if (typeof number === 'number' && Number.isFinite(number)) return number * unit
    throw invalid(name, 'a number', value)
  }

  const accessToken = text(...ACCESS_TOKEN)
  if (accessToken === undefined)
    throw invalid('access_token', 'a non-empty string', undefined, namesOf(outer))
  return {
    accessToken,
    tokenType: text('token_type'),
    expiresInMs:
      number('expires_in', 1000) ?? untilMoment(accessToken, find(members, 'expires_at')),
    refreshToken: text('refresh_token'),
    refreshExpiresInMs: number('refresh_expires_in', 1000),
    sessionExpiresInMs: number('session_expires_in', 1000),
    sessionId: text('sid'),
    sequence: number('seq'),
    idToken: text('id_token'),
  }
}

function membersOf(value: unknown): Members {
  return (typeof value === 'object' && value !== null ? value : {}) as Members
}

/** The first of these members that is there, also in camel case; `undefined` as the value of the first if none is. */
function find(members: Members, ...names: Names): Member {
  for (const name of names) {
    const camelCase = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
    for (const written of [name, camelCase])
      if ((members[written] ?? undefined) !== undefined) return [written, members[written]]
  }
  return [names[0], undefined]
}

/** Some servers send numbers as strings. */
function numberIn(value: unknown): unknown {
  return typeof value === 'string' && value !== '' ? Number(value) : value
}

/** How long it is until a moment. The server's own lifetime in a JWT is better: it needs no clock to be right. */
function untilMoment(accessToken: string, [name, value]: Member): number | undefined {
  const { exp, iat } = claimsOf(accessToken) ?? {}
  if (value === undefined || (exp !== undefined && iat !== undefined)) return undefined
  const at = momentOf(value)
  // eslint-disable-next-line no-restricted-globals -- a moment can be compared with the system clock alone
  if (Number.isFinite(at)) return at - Date.now()
  throw invalid(name, 'seconds, milliseconds or a date', value)
}

/** In epoch milliseconds; `NaN` if the value is no moment. */
function momentOf(value: unknown): number {
  const number = numberIn(value)
  if (typeof number !== 'number') return NaN
  // eslint-disable-next-line no-restricted-globals -- parsing reads no clock
  if (typeof value === 'string' && Number.isNaN(number)) return Date.parse(value)
  return number < LEAST_MS ? number * 1000 : number
}

/** The names of members, as far as they look like names. */
function namesOf(members: Members): string {
  const names = Object.keys(members).filter((name) => /^\w{1,30}$/.test(name))
  return `; the answer has ${names.slice(0, 10).join(', ') || 'no members'}`
}

function invalid(name: string, wanted: string, value: unknown, more = ''): SessionError {
  return new SessionError(
    'invalid_response',
    `The token response's "${name}" must be ${wanted}, not ${typeof value}${more}`,
  )
}
