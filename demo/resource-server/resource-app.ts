import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { createVerify, type VerifyConfig } from '../server/access-tokens.ts'
import { bearerGuard, type BearerEnv } from '../server/http/bearer-guard.ts'
import type { Config } from '../config.ts'
import type { Log } from '../server/log.ts'
import { answerErrors, answerNotFound, Refusal } from '../server/http/refusal.ts'
import { withSoftExpiry } from '../extensions/strategies/soft-expiry.ts'
import { KeysUnavailable, type PublishedKeys } from './published-keys.ts'

export interface ResourceDependencies {
  readonly config: VerifyConfig & Pick<Config, 'mode' | 'allowedOrigins'>
  readonly keys: PublishedKeys
  readonly log: Log
}

/**
 * A separate service that accepts the auth server's tokens. It shares only public things with that server: the keys,
 * and the names of issuer and audience. It has no database, no session and no cookie. So pages of other origins may
 * call it without credentials, and a forged request has nothing to borrow.
 */
export function createResourceApp({ config, keys, log }: ResourceDependencies): Hono<BearerEnv> {
  const app = new Hono<BearerEnv>()
  const answerError = answerErrors(log)
  app.onError((error, c) =>
    error instanceof KeysUnavailable ? answerError(comeBack(), c) : answerError(error, c),
  )
  app.notFound(answerNotFound)
  app.use(
    cors({
      origin: [...config.allowedOrigins],
      allowMethods: ['GET'],
      allowHeaders: ['Authorization'],
      exposeHeaders: ['Retry-After', 'WWW-Authenticate'],
      maxAge: 600,
    }),
  )
  app.use('/api/*', bearerGuard(withSoftExpiry(createVerify(config, keys), config.mode)))
  app.get('/api/me', (c) => {
    const { sub, username, sid, exp } = c.var.claims
    return c.json({ sub, username, sid, exp }, 200, { 'cache-control': 'no-store' })
  })
  return app
}

function comeBack(): Refusal {
  const message = 'Whether this token is good cannot be told just now.'
  return new Refusal(503, 'temporarily_unavailable', message, { 'retry-after': '1' })
}
