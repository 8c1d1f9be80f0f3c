import { createHash, randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import type { Configuration } from 'oidc-provider'
import { InMemory } from './in-memory.ts'
import { FORM_PATH } from './sign-in-form.ts'

/** What a test can configure. */
export interface OidcSettings {
  /** The page of the client: its only redirect URI. CORS allows its origin. */
  readonly pageUrl: string
  /** @default 600 */
  readonly accessTtlS?: number
  /** The path of the issuer, for an origin with other things on it. @default none */
  readonly path?: string
  /** Whether each refresh brings a new refresh token, and spends the old one. @default true */
  readonly rotates?: boolean
  /**
   * Makes access tokens JWTs for this API (RFC 9068), with a subject that only this API gets. @default opaque ones, for
   * userinfo
   */
  readonly audience?: string
  /**
   * Requires a nonce of its own in every DPoP proof. Otherwise proofs without a nonce are accepted, and tokens without
   * any proof always are. @default false
   */
  readonly dpopNonces?: boolean
}

const DAY_S = 86_400

/**
 * The provider's configuration: one public client, PKCE, revocation, rotation without any grace, and DPoP for clients
 * that send it.
 */
export async function configure(
  {
    pageUrl,
    accessTtlS = 600,
    path = '',
    rotates = true,
    audience,
    dpopNonces = false,
  }: OidcSettings,
  clientId: string,
  isAdmitted: (origin: string) => boolean,
): Promise<Configuration> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const key = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig' }
  return {
    adapter: InMemory.store(),
    clients: [
      {
        client_id: clientId,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: [pageUrl],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    clientBasedCORS: (_, origin) => isAdmitted(origin),
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: (_, { uid }) => `${path}${FORM_PATH}/${uid}` },
    rotateRefreshToken: rotates,
    issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: () => true },
      dPoP: {
        enabled: true,
        ...(dpopNonces && { nonceSecret: randomBytes(32), requireNonce: () => true }),
      },
      ...(audience !== undefined && {
        resourceIndicators: {
          enabled: true,
          defaultResource: () => audience,
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({
            scope: '',
            audience,
            accessTokenFormat: 'jwt' as const,
            jwt: { sign: { alg: 'ES256' as const } },
          }),
        },
      }),
    },
    formats: {
      customizers: {
        jwt: (_, token, { payload }) => {
          payload['sub'] = pairwise(String(payload['sub']), String(token.aud))
        },
      },
    },
    ttl: {
      AccessToken: accessTtlS,
      AuthorizationCode: 60,
      IdToken: 600,
      Interaction: 600,
      RefreshToken: DAY_S,
      Grant: DAY_S,
      Session: DAY_S,
    },
  }
}

/** OpenID Connect Core §8.1. */
function pairwise(subject: string, audience: string): string {
  return createHash('sha256').update(`${subject} ${audience}`).digest('base64url')
}
