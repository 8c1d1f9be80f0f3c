import { SessionError } from '../errors.ts'
import { claimsOf, type Tokens } from '../tokens.ts'

type Members = Readonly<Record<string, unknown>>

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
  const found = (members: Members) => find(members, 'access_token', 'token', 'jwt')
  const members = found(outer) ? outer : membersOf(outer['data'])

  function text([name, value]: readonly [string, unknown] = ['', undefined]): string | undefined {
    if (value === undefined || (typeof value === 'string' && value !== '')) return value
    throw invalid(name, 'a non-empty string', value)
  }

  function number(wanted: string, unit = 1): number | undefined {
    const [name, value] = find(members, wanted) ?? [wanted, undefined]
    // Some servers send numbers as strings.
    const number = typeof value === 'string' && value !== '' ? Number(value) : value
    if (number === undefined) return undefined
    if (typeof number === 'number' && Number.isFinite(number)) return number * unit
    throw invalid(name, 'a number', value)
  }

  const accessToken = text(found(members))
  if (accessToken === undefined)
    throw invalid('access_token', 'a non-empty string', undefined, namesOf(outer))
  return {
    accessToken,
    tokenType: text(find(members, 'token_type')),
    expiresInMs:
      number('expires_in', 1000) ?? untilMoment(accessToken, find(members, 'expires_at')),
    refreshToken: text(find(members, 'refresh_token')),
    refreshExpiresInMs: number('refresh_expires_in', 1000),
    sessionExpiresInMs: number('session_expires_in', 1000),
    sessionId: text(find(members, 'sid')),
    sequence: number('seq'),
    idToken: text(find(members, 'id_token')),
  }
}

function membersOf(value: unknown): Members {
  return (typeof value === 'object' && value !== null ? value : {}) as Members
}

/** The first of these members that is there, also in camel case, with its name. */
function find(
  members: Members,
  ...names: readonly string[]
): readonly [name: string, value: unknown] | undefined {
  return names
    .flatMap((name) => [name, name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())])
    .map((name) => [name, members[name] ?? undefined] as const)
    .find(([, value]) => value !== undefined)
}

/** How long it is until a moment. The server's own lifetime in a JWT is better: it needs no clock to be right. */
function untilMoment(
  accessToken: string,
  [name, value]: readonly [string, unknown] = ['', undefined],
): number | undefined {
  const { exp, iat } = claimsOf(accessToken) ?? {}
  if (value === undefined || (exp !== undefined && iat !== undefined)) return undefined
  const isText = typeof value === 'string'
  const number = isText ? Number(value || NaN) : value
  /* eslint-disable no-restricted-globals -- a moment can be compared with the system clock alone */
  if (typeof number === 'number') {
    const inMs = number < LEAST_MS ? number * 1000 : number
    const at = isText && Number.isNaN(number) ? Date.parse(value) : inMs
    if (Number.isFinite(at)) return at - Date.now()
  }
  /* eslint-enable no-restricted-globals */
  throw invalid(name, 'seconds, milliseconds or a date', value)
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
