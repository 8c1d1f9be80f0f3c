import { SessionError } from '../errors.ts'
import type { Tokens } from '../tokens.ts'

/**
 * Reads a token response: RFC 6749 §5.1, plus `refresh_expires_in`, `session_expires_in`, `sid` and `seq`. Converts
 * seconds to milliseconds. Throws `SessionError('invalid_response')` that names the wrong member, but not its value.
 */
export function readTokenResponse(answer: unknown): Tokens {
  const members = (typeof answer === 'object' && answer !== null ? answer : {}) as Readonly<
    Record<string, unknown>
  >
  if (typeof members['json'] === 'function')
    throw new SessionError('invalid_response', 'Pass the parsed body: await response.json()')

  function text(name: string): string | undefined {
    const value = members[name] ?? undefined
    if (value === undefined || (typeof value === 'string' && value !== '')) return value
    throw invalid(name, 'a non-empty string', value)
  }

  function number(name: string, unit = 1): number | undefined {
    const value = members[name] ?? undefined
    // Some servers send numbers as strings.
    const number = typeof value === 'string' && value !== '' ? Number(value) : value
    if (number === undefined) return undefined
    if (typeof number === 'number' && Number.isFinite(number)) return number * unit
    throw invalid(name, 'a number', value)
  }

  const accessToken = text('access_token')
  if (accessToken === undefined) throw invalid('access_token', 'a non-empty string', undefined)
  return {
    accessToken,
    tokenType: text('token_type'),
    expiresInMs: number('expires_in', 1000),
    refreshToken: text('refresh_token'),
    refreshExpiresInMs: number('refresh_expires_in', 1000),
    sessionExpiresInMs: number('session_expires_in', 1000),
    sessionId: text('sid'),
    sequence: number('seq'),
    idToken: text('id_token'),
  }
}

function invalid(name: string, wanted: string, value: unknown): SessionError {
  return new SessionError(
    'invalid_response',
    `The token response's "${name}" must be ${wanted}, not ${typeof value}`,
  )
}
