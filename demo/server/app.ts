import { Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { except } from 'hono/combine'
import { cors } from 'hono/cors'
import type { JSONWebKeySet } from 'jose'
import type { SessionStore } from '../../src/server/index.ts'
import { createAccessTokens, type Keys, type Verify } from './access-tokens.ts'
import { createAccounts, type Passwords } from './accounts/accounts.ts'
import { apiRoutes } from './api-routes.ts'
import type { Config } from '../config.ts'
import { csrfGuard } from './http/csrf-guard.ts'
import type { Database } from '../database/database.ts'
import type { Attempt, Extension } from './extension.ts'
import type { Log } from './log.ts'
import { loginRoutes } from './accounts/login-routes.ts'
import { answerErrors, answerNotFound, Refusal } from './http/refusal.ts'
import { sessionRoutes } from './session-routes.ts'
import { openSessions } from './sessions.ts'

export interface AppDependencies {
  readonly config: Config
  readonly database: Database
  readonly store: SessionStore
  readonly keys: Keys & { readonly jwks: JSONWebKeySet }
  readonly passwords: Passwords
  readonly log: Log
  /** Additions to accounts and sessions. Their hooks run in this order. @default none */
  readonly extensions?: readonly Extension[]
  /** Middleware that runs before everything else: to watch requests, or to break some on purpose. */
  readonly before?: readonly MiddlewareHandler[]
}

const LARGEST_BODY = 16 * 1024

/** The whole backend as one Hono application. The caller can add more routes to it. */
export async function createApp({
  config,
  database,
  store,
  keys,
  passwords,
  log,
  extensions = [],
  before = [],
}: AppDependencies): Promise<Hono> {
  const accounts = await createAccounts(database, passwords, config)
  const accessTokens = createAccessTokens(config, keys, extensions)
  const verify = extensions.reduce<Verify>(
    (inner, extension) => extension.verify?.(inner) ?? inner,
    accessTokens.verify,
  )
  const attempt: Attempt = async (c, username) => {
    const forgives: (Awaited<ReturnType<Attempt>> | undefined)[] = []
    for (const extension of extensions) forgives.push(await extension.attempt?.(c, username))
    return async () => {
      for (const forgive of forgives) await forgive?.()
    }
  }
  const sessions = openSessions(store, config, { accessTokens, extensions, log })

  const app = new Hono()
  app.onError(answerErrors(log))
  app.notFound(answerNotFound)
  for (const middleware of before) app.use(middleware)
  for (const path of ['/auth/*', '/api/*']) app.use(path, allowOrigins(config), limitBody, noStore)
  // The kit guards these two, and reads their bodies itself.
  app.use('/auth/*', except(['/auth/refresh', '/auth/logout'], csrfGuard(config.allowedOrigins)))
  for (const { routes } of extensions)
    routes?.(app, { accounts, sessions, accessTokens, verify, attempt })

  app.route(
    '/auth',
    loginRoutes({ accounts, attempt, sessions, extensions, log, defaults: config }),
  )
  app.post('/auth/refresh', (c) => sessions.refresh(c.req.raw))
  app.post('/auth/logout', (c) => sessions.logout(c.req.raw))
  app.route('/auth', sessionRoutes({ sessions, verify, extensions, log }))
  app.route('/api', apiRoutes({ verify, database }))
  app.get('/.well-known/jwks.json', (c) =>
    // Cached for a fraction of the time for which a new key is published before it signs.
    c.json(keys.jwks, 200, {
      'cache-control': `public, max-age=${Math.min(300, Math.floor(config.keyLeadS / 4))}`,
    }),
  )
  return app
}

function allowOrigins({ allowedOrigins }: Config): MiddlewareHandler {
  const allow = cors({
    origin: [...allowedOrigins],
    credentials: true,
    allowMethods: ['GET', 'POST', 'DELETE'],
    allowHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'Last-Event-ID',
      'X-Requested-With',
    ],
    exposeHeaders: ['Retry-After', 'WWW-Authenticate', 'X-Access-Token'],
    maxAge: 600,
  })
  // Only pages send an origin. No cache keeps the answers, so they need not vary for others.
  return (c, next) => (c.req.header('origin') === undefined ? next() : allow(c, next))
}

const limitStream = bodyLimit({ maxSize: LARGEST_BODY, onError: refuseBody })

/** Most requests say how long they are. Hono would have a stream made of each body to find out. */
const limitBody: MiddlewareHandler = (c, next) => {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return next()
  const length = c.req.header('content-length')
  const isStated = length !== undefined && c.req.header('transfer-encoding') === undefined
  if (isStated && Number(length) > LARGEST_BODY) refuseBody()
  return isStated ? next() : limitStream(c, next)
}

function refuseBody(): never {
  throw new Refusal(413, 'invalid_request', `The body must not exceed ${LARGEST_BODY} bytes.`)
}

/** Set in advance, because a response that is changed later is built twice. The kit's own say it by themselves. */
const noStore: MiddlewareHandler = (c, next) => {
  c.header('Cache-Control', 'no-store')
  return next()
}
