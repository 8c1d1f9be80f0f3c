import {
  anonymousTransport,
  cookieTransport,
  jsonTransport,
  oauthTransport,
  renewTransport,
  slidingTransport,
} from '../../src/index.ts'
import {
  plainServer,
  strictServer,
  type SentRequest,
  type ServerLimits,
  type ServerProgram,
} from '../../src/testing/index.ts'
import type { Transport } from '../../src/transport.ts'

import { singleTokenServer } from '../support/single-token-server.ts'
import { provingServer, provingTransport } from './proving.ts'

const ACCESS_TTL_MS = 600_000
const TOKEN_TTL_MS = 3_600_000
// Longer than two requests take that two applications send at the same moment.
const GRACE_MS = 10_000

/** A transport with its server, and what can be expected of the two. */
export interface TransportKind {
  /** The transport of one page. */
  readonly create: () => Transport
  readonly server: ServerProgram
  /** Where tokens are renewed. */
  readonly renewsAt: string
  /** The refresh token, by which one renewal is told from another. */
  readonly spentBy: (request: SentRequest) => string | null
  /** Script holds what renews the session: it is in the record. */
  readonly isSecret: boolean
  /**
   * A renewal whose answer was lost can be repeated, however much later: the server knows keys, or its tokens may be used
   * twice, and no other application spends them meanwhile.
   */
  readonly isRepeatable: boolean
  /** The server names its sessions and numbers its refresh tokens. */
  readonly isNamed: boolean
  /** The server is told with each renewal when the user was last active. */
  readonly isToldOfActivity: boolean
  /** A renewal always brings a token, the first time it is asked for. */
  readonly alwaysRenews: boolean
  /** A page that finds no session asks for one without a user. */
  readonly admitsAnyone: boolean
  /** A second application renews the same cookie, with a record of its own. */
  readonly isShared: boolean
  /** Its headers are there at once, so that a page can save as it leaves (G4). */
  readonly isInstant: boolean
  /** The limits of every session. */
  readonly limits: ServerLimits
}

const numbered = ({ body }: SentRequest): string | null =>
  typeof body['sid'] === 'string' ? `${body['sid']}-${Number(body['seq'])}` : null
const inBody = ({ body }: SentRequest): string | null => body['refresh_token'] as string
const inHeader = ({ headers }: SentRequest): string | null => headers.get('authorization')

const cookie: TransportKind = {
  create: () => cookieTransport('/auth'),
  server: strictServer({ accessTtlMs: ACCESS_TTL_MS }),
  renewsAt: '/auth/refresh',
  spentBy: numbered,
  isSecret: false,
  isRepeatable: true,
  isNamed: true,
  isToldOfActivity: true,
  alwaysRenews: true,
  admitsAnyone: false,
  isInstant: true,
  isShared: false,
  limits: {},
}

/** A server with one token, which renews itself. */
const single: TransportKind = {
  ...cookie,
  create: () => renewTransport('/auth', { everyMs: 1_200_000 }),
  server: singleTokenServer({ ttlMs: TOKEN_TTL_MS }),
  renewsAt: '/auth/renew',
  spentBy: inHeader,
  isSecret: true,
  isNamed: false,
  limits: { refresh_expires_in: TOKEN_TTL_MS / 1000 },
}

/** Every transport, with a server for it. */
export const TRANSPORTS = {
  cookie,
  json: {
    ...cookie,
    create: () => jsonTransport('/auth'),
    server: strictServer({ refreshTokensIn: 'body', accessTtlMs: ACCESS_TTL_MS }),
    isSecret: true,
  },
  proving: {
    ...cookie,
    create: provingTransport,
    server: provingServer(ACCESS_TTL_MS),
    isInstant: false,
  },
  keyless: {
    ...cookie,
    server: plainServer({ accessTtlMs: ACCESS_TTL_MS }),
    spentBy: ({ cookies }) => cookies.get('refresh_token') ?? null,
    isRepeatable: false,
    isNamed: false,
  },
  shared: {
    ...cookie,
    server: strictServer({ accessTtlMs: ACCESS_TTL_MS, graceMs: GRACE_MS }),
    isRepeatable: false,
    alwaysRenews: false,
    isShared: true,
  },
  oauth: {
    ...cookie,
    create: () =>
      oauthTransport({
        tokenEndpoint: '/auth/refresh',
        revocationEndpoint: '/auth/logout',
        clientId: 'app',
      }),
    server: oauthServer,
    spentBy: inBody,
    isSecret: true,
    isRepeatable: false,
    isNamed: false,
    isToldOfActivity: false,
  },
  renew: single,
  sliding: {
    ...single,
    create: () => slidingTransport('/api/me'),
    server: singleTokenServer({ ttlMs: TOKEN_TTL_MS, slidesAfter: 0.3 }),
    renewsAt: '/api/me',
    isToldOfActivity: false,
    alwaysRenews: false,
  },
  anonymous: {
    ...single,
    create: () => anonymousTransport('/anonymous'),
    renewsAt: '/anonymous',
    isToldOfActivity: false,
    admitsAnyone: true,
  },
} satisfies Record<string, TransportKind>

export type TransportName = keyof typeof TRANSPORTS

/** A server that speaks OAuth: the grant that is refused is a 400, and a logout names the token. */
function oauthServer(clock: Parameters<ServerProgram>[0]): ReturnType<ServerProgram> {
  const server = plainServer({ refreshTokensIn: 'body', accessTtlMs: ACCESS_TTL_MS })(clock)
  return {
    ...server,
    handle(request) {
      const { path, body } = request
      const { token: refresh_token = body['refresh_token'] } = body
      const answer = server.handle({ ...request, body: { ...body, refresh_token } })
      const isRefused = path.startsWith('/auth') && answer.status === 401
      return isRefused ? { status: 400, body: { error: 'invalid_grant' } } : answer
    },
  }
}
