import { Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import { createAccessTokens } from './access-tokens.ts'
import { createAccountChanges } from './account-changes.ts'
import { createAccountSessions } from './account-sessions.ts'
import { createAccounts } from './accounts.ts'
import { adminRoutes } from './admin-routes.ts'
import { apiRoutes } from './api-routes.ts'
import { createAttempts } from './attempts.ts'
import { createAddressOf } from './client-address.ts'
import type { Config } from './config.ts'
import { csrfGuard } from './csrf-guard.ts'
import type { Database } from './database.ts'
import type { EventStreams } from './event-streams.ts'
import { eventsRoute } from './events-route.ts'
import { createFamilies } from './families.ts'
import { hintCookie } from './hint-cookie.ts'
import { knownHosts } from './known-hosts.ts'
import type { Log } from './log.ts'
import { loginGate } from './login-gate.ts'
import { loginRoutes } from './login-routes.ts'
import { logoutRoute } from './logout-route.ts'
import type { PasswordHashing } from './password-hashing.ts'
import { passwordRoutes } from './password-routes.ts'
import { createPolicy } from './policy.ts'
import { createRefresh } from './refresh.ts'
import { refreshRoute } from './refresh-route.ts'
import { answerErrors, answerNotFound, Refusal } from './refusal.ts'
import { createLiveVerify, type Revocations } from './revocations.ts'
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
  readonly revocations: Revocations
  readonly eventStreams: EventStreams
  readonly passwords: PasswordHashing
  readonly log: Log
  /** Middleware that runs before everything else: to watch requests, or to break some on purpose. */
  readonly before?: readonly MiddlewareHandler[]
}

/** Each of these hashes a password. */
const LOGINS = [
  '/auth/register',
  '/auth/login',
  '/auth/confirm',
  '/auth/password',
  '/api/admin/accounts/:id/reset-password',
]

const LARGEST_BODY = 16 * 1024

/** The whole backend as one Hono application. The caller can add more routes to it. */
export async function createApp({
  config,
  database,
  signingKeys,
  revocations,
  eventStreams,
  passwords,
  log,
  before = [],
}: AppDependencies): Promise<Hono> {
  const signed = createAccessTokens(config, signingKeys)
  const accessTokens = { ...signed, verify: createLiveVerify(signed.verify, revocations) }
  const accounts = await createAccounts(database, passwords, config)
  const attempts = createAttempts(database, config)
  const policy = createPolicy(config)
  const families = createFamilies(database, policy, config)
  const refresh = createRefresh(database, policy, config)
  const singleTokenSessions = createSingleTokenSessions(database, policy, config)
  const anonymousTokens = createAnonymousTokens(config, signingKeys)
  const addressOf = createAddressOf(config)

  const auth = new Hono()
    .use(hintCookie)
    .route(
      '/',
      loginRoutes({
        accounts,
        attempts,
        families,
        singleTokenSessions,
        accessTokens,
        addressOf,
        log,
        defaults: config,
      }),
    )
    .route('/', refreshRoute({ refresh, accessTokens, addressOf, log }))
    // These two look the session up themselves, so they accept a token whose claims about the account are outdated.
    .route('/', logoutRoute({ families, accessTokens: signed, log }))
    .route('/', renewRoute({ accessTokens: signed, singleTokenSessions, addressOf, log }))
    .route('/', anonymousRoute({ anonymousTokens, attempts, database, addressOf, config, log }))
    .route(
      '/',
      sessionRoutes({ accountSessions: createAccountSessions(database), accessTokens, log }),
    )
    .route(
      '/',
      passwordRoutes({ database, accounts, attempts, policy, accessTokens, addressOf, log }),
    )
    .route('/', eventsRoute({ accessTokens, eventStreams }))

  const app = new Hono()
  app.onError(answerErrors(log))
  app.notFound(answerNotFound)
  for (const middleware of before) app.use(middleware)
  app.use(knownHosts(config))
  for (const path of ['/auth/*', '/api/*']) app.use(path, allowOrigins(config), limitBody, noStore)
  const isWanted = csrfGuard(config.allowedOrigins)
  for (const path of ['/auth/*', '/api/admin/*']) app.use(path, isWanted)
  const gate = loginGate(addressOf, config)
  for (const path of LOGINS) app.use(path, gate)
  app.route('/auth', auth)
  app.route(
    '/api',
    adminRoutes({ accountChanges: createAccountChanges(database, accounts), accessTokens, log }),
  )
  app.route('/api', visitRoute(anonymousTokens))
  app.route(
    '/api',
    apiRoutes({
      freshSignInS: config.freshSignInS,
      accessTokens,
      singleTokenSessions,
      addressOf,
      database,
      log,
    }),
  )
  app.get('/.well-known/jwks.json', (c) =>
    // Cached for a fraction of the time for which a new key is published before it signs.
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
    allowHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'Last-Event-ID',
      'X-Requested-With',
    ],
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
