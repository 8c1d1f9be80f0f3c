import { Refusal } from './refusal.ts'

/** The members of a request body. */
export type Body = Readonly<Record<string, unknown>>

const MOST_BYTES = 64 * 1024

/**
 * Reads a JSON object, or a form from OAuth clients. A missing body is an empty object. Throws a {@link Refusal} for
 * anything else, and for more than 64 kB.
 */
export async function readBody(request: Request): Promise<Body> {
  const text = await readText(request)
  if (text === '') return {}
  if (/^application\/x-www-form-urlencoded\b/i.test(request.headers.get('content-type') ?? ''))
    return Object.fromEntries(new URLSearchParams(text))
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw invalid('The body is not JSON.')
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('The body must be a JSON object.')
  return body as Body
}

async function readText(request: Request): Promise<string> {
  const { headers } = request
  // HTTP holds a body to the length that it announces (RFC 9112 §6), so it need not be counted. Several servers read a
  // whole body faster than its stream.
  if (headers.has('content-length') && !headers.has('transfer-encoding')) {
    if (Number(headers.get('content-length')) > MOST_BYTES) throw tooLong()
    return request.text().catch(() => {
      throw brokenOff()
    })
  }
  return request.body ? readStream(request.body) : ''
}

async function readStream(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let text = ''
  let bytes = 0
  for (;;) {
    const { value } = await reader.read().catch(() => {
      throw brokenOff()
    })
    if (value === undefined) return text + decoder.decode()
    bytes += value.byteLength
    if (bytes > MOST_BYTES) {
      void reader.cancel().catch(() => undefined)
      throw tooLong()
    }
    text += decoder.decode(value, { stream: true })
  }
}

/** An optional text of a body; `undefined` if it is missing. Throws a {@link Refusal} if it is something else. */
export function optionalText(body: Body, name: string, longest: number): string | undefined {
  const value = body[name] ?? undefined
  if (value === undefined || (typeof value === 'string' && value.length <= longest)) return value
  throw invalid(`${name} must be a string of at most ${longest} characters.`)
}

/** An optional number of a body that counts from zero, also as text in a form. Throws a {@link Refusal} if it is something else. */
export function optionalCount(body: Body, name: string): number | undefined {
  const value = body[name] ?? undefined
  if (value === undefined) return undefined
  const count = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  if (typeof count === 'number' && Number.isFinite(count) && count >= 0) return count
  throw invalid(`${name} must be a number from 0.`)
}

/** An optional flag of a body; `false` if it is missing. Throws a {@link Refusal} if it is something else. */
export function optionalFlag(body: Body, name: string): boolean {
  const value = body[name] ?? false
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw invalid(`${name} must be true or false.`)
}

const HEX = /^[\da-f]{32,256}$/i
const BASE64URL = /^[\w-]{22,256}$/
const ONLY_HEX = /^[\da-f]*$/i

/**
 * Reads the `Idempotency-Key`, if one was sent. With the spent token it gives the successor again, so it must be as hard to guess as an encryption key: 128 bits are 32 hexadecimal digits, or 22 of base64url.
 */
export function readKey({ headers }: Request): string | undefined {
  const key = headers.get('idempotency-key')
  if (key === null) return undefined
  if ((ONLY_HEX.test(key) ? HEX : BASE64URL).test(key)) return key
  throw invalid('Idempotency-Key must be at least 128 bits in hexadecimal or base64url.')
}

/** A client that goes away is no failure of the server's. */
function brokenOff(): Refusal {
  return invalid('The body broke off.')
}

function tooLong(): Refusal {
  return new Refusal(413, 'invalid_request', 'The body is longer than 64 kB.')
}

function invalid(description: string): Refusal {
  return new Refusal(400, 'invalid_request', description)
}
