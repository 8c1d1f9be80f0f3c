import type { MiddlewareHandler } from 'hono'
import { refuseForeignPage } from '../../../src/server/index.ts'

const SAFE = ['GET', 'HEAD', 'OPTIONS']

/** Refuses requests that change something and that a page of another site may have caused. */
export function csrfGuard(allowedOrigins: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const refusal = SAFE.includes(c.req.method)
      ? undefined
      : refuseForeignPage(c.req.raw, allowedOrigins)
    if (refusal) return refusal
    await next()
    return undefined
  }
}
