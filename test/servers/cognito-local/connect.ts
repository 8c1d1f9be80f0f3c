import {
  readTokenResponse,
  recordStorage,
  type Tokens,
  type Transport,
} from '../../../src/index.ts'
import type { ForeignServer } from '../server.ts'

const url = '/'
const ClientId = 'the-page'

function call(target: string, body: object, { fetch, signal }: Sending): Promise<Response> {
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `AWSCognitoIdentityProviderService.${target}`,
  }
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal })
}
type Sending = Pick<Parameters<Transport['refresh']>[0], 'fetch' | 'signal'>

function readCognito(answer: unknown): Tokens {
  const { AuthenticationResult } = answer as { AuthenticationResult?: Record<string, unknown> }
  return readTokenResponse({
    access_token: AuthenticationResult?.['AccessToken'],
    refresh_token: AuthenticationResult?.['RefreshToken'],
    expires_in: AuthenticationResult?.['ExpiresIn'],
  })
}

const transport: Transport = {
  id: `cognito#${ClientId}`,
  endpoints: [url],
  storage: recordStorage(),
  // A refresh token stays good after it was used, unless the app client rotates.
  idempotent: true,
  read: readCognito,
  async refresh(context) {
    const AuthParameters = { REFRESH_TOKEN: context.tokens?.refreshToken }
    const body = { ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters }
    const response = await call('InitiateAuth', body, context)
    const answer = (await response.json()) as { __type?: string }
    if (response.ok) return { type: 'refreshed', tokens: readCognito(answer) }
    if (answer.__type?.includes('NotAuthorizedException') === true)
      return { type: 'rejected', reason: 'refresh-rejected' }
    return { type: 'unavailable', status: response.status }
  },
  async revoke(context) {
    const Token = context.tokens?.refreshToken
    const { status } = await call('RevokeToken', { ClientId, Token }, context)
    // 400: it is revoked already.
    return status < 429
  },
}

export const cognitoLocal: ForeignServer = {
  name: 'cognito-local',
  folder: 'cognito-local',
  package: 'cognito-local',
  transport,
  async signIn(USERNAME) {
    const AuthParameters = { USERNAME, PASSWORD: `${USERNAME}-Password-1` }
    const body = { ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }
    const response = await call('InitiateAuth', body, {
      fetch,
      signal: AbortSignal.timeout(60_000),
    })
    return (await response.json()) as unknown
  },
  api: '/api/me',
  userIn: (answer) => (answer as { username?: string }).username,
  isRefresh: ({ path, body }) => path === url && body.includes('REFRESH_TOKEN_AUTH'),
  expiredAfterMs: 61 * 60_000,
  async refuse(origin) {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.AdminDeleteUser',
    }
    const body = JSON.stringify({ UserPoolId: 'local_pool', Username: 'alice' })
    const { ok, status } = await fetch(origin, { method: 'POST', headers, body })
    if (!ok) throw new Error(`The deletion was answered with ${status}`)
  },
  costs: {},
}
