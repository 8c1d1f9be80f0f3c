import { createHash } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'

const PARAMETER = 'prelude'

/** The scripts of this process's tests, by the name in the addresses of their pages. */
const scripts = new Map<string, string>()

/** The address of a page that runs these functions before any script of its own, at each load. */
export function withPrelude(url: string, ...functions: readonly (() => void)[]): string {
  const script = functions.map((each) => `(${each.toString()})()`).join(';\n')
  const name = createHash('sha256').update(script).digest('hex')
  scripts.set(name, script)
  const address = new URL(url)
  address.searchParams.set(PARAMETER, name)
  return address.href
}

/** The script for the page at this address, if its address names one. For the server of the page. */
export function preludeOf(url: string): string | undefined {
  return scripts.get(new URL(url).searchParams.get(PARAMETER) ?? '')
}

/** Adds the script to the pages of a server, and its hash to their policies. */
export const preludes: MiddlewareHandler = async (c, next) => {
  await next()
  const script = preludeOf(c.req.url)
  if (script === undefined) return
  const headers = new Headers(c.res.headers)
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = headers.get('content-security-policy') ?? ''
  headers.set(
    'content-security-policy',
    policy.replace('script-src', `script-src 'sha256-${hash}'`),
  )
  const html = await c.res.text()
  // Otherwise Hono would keep the headers of the old response.
  c.res = undefined
  c.res = new Response(html.replace('<head>', `<head><script>${script}</script>`), { headers })
}
