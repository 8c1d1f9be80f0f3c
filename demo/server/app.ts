import { Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import { createAccessTokens } from './access-tokens.ts'
import { createAccountSessions } from './account-sessions.ts'
import { createAccounts } from './accounts.ts'
import { apiRoutes } from './api-routes.ts'
import { createAttempts } from './attempts.ts'
import type { Config } from './config.ts'
import { csrfGuard } from './csrf-guard.ts'
import type { Database } from './database.ts'
import { createFamilies } from './families.ts'
import { hintCookie } from './hint-cookie.ts'
import type { Log } from './log.ts'
import { loginRoutes } from './login-routes.ts'
import { logoutRoute } from './logout-route.ts'
import { createRefresh } from './refresh.ts'
import { refreshRoute } from './refresh-route.ts'
import { answerErrors, answerNotFound, Refusal } from './refusal.ts'
import { sessionRoutes } from './session-routes.ts'
import type { SigningKeys } from './signing-keys.ts'
import { anonymousRoute, visitRoute } from './strategies/anonymous-routes.ts'
import { createAnonymousTokens } from './strategies/anonymous-tokens.ts'
import { renewRoute } from './strategies/renew-route.ts'
import { createSingleTokenSessions } from './strategies/single-token-sessions.ts'
import { SLIDING_HEADER } from './strategies/sliding.ts'

export interface AppDependencies {
  readonly config: Config
  readonly database: Database
  readonly signingKeys: SigningKeys
  readonly log: Log
  /** Runs before everything else, for whoever wants to watch requests or to break some on purpose. */
  readonly before?: readonly MiddlewareHandler[]
}

const LARGEST_BODY = 16 * 1024

/** The whole backend as one Hono application; more routes can be added to it. */
export async function createApp({
  config,
  database,
  signingKeys,
  log,
  before = [],
}: AppDependencies): Promise<Hono> {
  const accessTokens = createAccessTokens(config, signingKeys)
  const accounts = await createAccounts(database, config)
  const attempts = createAttempts(database, config)
  const families = createFamilies(database, config)
  const refresh = createRefresh(database, config)
  const singleTokenSessions = createSingleTokenSessions(database, config)
  const anonymousTokens = createAnonymousTokens(config, signingKeys)

  const auth = new Hono()
    .use(csrfGuard(config.allowedOrigins), hintCookie)
    .route(
      '/',
      loginRoutes({
        accounts,
        attempts,
        families,
        singleTokenSessions,
        accessTokens,
        log,
        defaults: config,
      }),
    )
    .route('/', refreshRoute({ refresh, accessTokens, log }))
    .route('/', logoutRoute({ families, accessTokens, log }))
    .route('/', renewRoute({ accessTokens, singleTokenSessions, log }))
    .route('/', anonymousRoute({ anonymousTokens, attempts, database, config, log }))
    .route(
      '/',
      sessionRoutes({ accountSessions: createAccountSessions(database), accessTokens, log }),
    )

  const app = new Hono()
  app.onError(answerErrors(log))
  app.notFound(answerNotFound)
  for (const middleware of before) app.use(middleware)
  for (const path of ['/auth/*', '/api/*']) app.use(path, allowOrigins(config), limitBody, noStore)
  app.route('/auth', auth)
  app.route('/api', visitRoute(anonymousTokens))
  app.route('/api', apiRoutes({ accessTokens, singleTokenSessions, database }))
  app.get('/.well-known/jwks.json', (c) =>
    // Kept for a part of the time for which a new key is published before it signs.
    c.json(signingKeys.jwks, 200, {
      'cache-control': `public, max-age=${Math.min(300, Math.floor(config.keyLeadS / 4))}`,
    }),
  )
  return app
}

function allowOrigins({ allowedOrigins }: Config): MiddlewareHandler {
  return cors({
    origin: [...allowedOrigins],
    credentials: true,
    allowMethods: ['GET', 'POST', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-Requested-With'],
    exposeHeaders: ['Retry-After', 'WWW-Authenticate', SLIDING_HEADER],
    maxAge: 600,
  })
}

const limitBody = bodyLimit({
  maxSize: LARGEST_BODY,
  onError() {
    throw new Refusal(413, 'invalid_request', `The body must not exceed ${LARGEST_BODY} bytes.`)
  },
})

const noStore: MiddlewareHandler = async (c, next) => {
  c.header('Cache-Control', 'no-store')
  await next()
}
