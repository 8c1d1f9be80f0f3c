import { answer } from '../http/refusal.ts'
import { TokenError } from './token-error.ts'

/** The characters of a bearer token (RFC 6750 §2.1). */
const BEARER = /^Bearer +(?<token>[\w.~+/-]+=*) *$/i

/** The bearer token of a request; `undefined` if the request has no such token. */
export function bearerToken({ headers }: Request): string | undefined {
  return BEARER.exec(headers.get('authorization') ?? '')?.groups?.['token']
}

/**
 * The 401 for a request whose token was refused, or that has none. Its challenge says why (RFC 6750 §3). Throws an error
 * that is no {@link TokenError}, such as that keys could not be loaded: it says nothing about the token.
 */
export function unauthorized(error?: unknown): Response {
  if (error === undefined) return answer(undefined, 401, { 'www-authenticate': 'Bearer' })
  if (!(error instanceof TokenError)) throw error as Error
  const { code, message, challenge } = error
  const body = { error: code, error_description: message }
  return answer(body, 401, { 'www-authenticate': challenge })
}
