import type { Context } from 'hono'
import { Refusal } from './refusal.ts'

export type Body = Readonly<Record<string, unknown>>

/** Reads a JSON object, or a form from OAuth clients. A missing body is an empty object. */
export async function readBody(c: Context): Promise<Body> {
  const text = await c.req.text()
  if (text === '') return {}
  if (c.req.header('content-type')?.startsWith('application/x-www-form-urlencoded'))
    return Object.fromEntries(new URLSearchParams(text))
  const body = parse(text)
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('The body must be a JSON object.')
  return body as Body
}

/** An optional text field. NUL, which PostgreSQL cannot store, counts as malformed. */
export function optionalText(body: Body, name: string, longest = 256): string | undefined {
  const value = body[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || value.length > longest || value.includes('\0'))
    throw invalid(`${name} must be a string of at most ${longest} characters.`)
  return value
}

export function requiredText(body: Body, name: string, shortest: number, longest: number): string {
  const value = optionalText(body, name, longest)
  if (value === undefined || value.trim().length < shortest)
    throw invalid(`${name} must be a string of ${shortest} to ${longest} characters.`)
  return value
}

/** An optional field that counts from zero. */
export function optionalCount(body: Body, name: string): number | undefined {
  const value = body[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw invalid(`${name} must be a number from 0.`)
  return value
}

export function invalid(description: string): Refusal {
  return new Refusal(400, 'invalid_request', description)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('The body is not JSON.')
  }
}
