// A page whose user signs in at an OpenID provider, by code with PKCE, and gets tokens that are bound to a key (DPoP).
import * as oauth from 'oauth4webapi'
import { calculateThumbprint } from 'dpop'
import { dpop } from '../../../src/dpop/index.ts'
import { createSession, oauthTransport, type SessionState } from '../../../src/index.ts'

/** The settings of the page: in the fragment of its address at first, and then in sessionStorage. */
export interface DpopPageSettings {
  readonly issuer: string
  readonly clientId: string
  readonly api: string
}

/** The interface of the page for tests. */
export interface DpopPage {
  status(): SessionState['status']
  /** Goes to the provider, which sends the user back here. */
  signIn(): Promise<void>
  signOut(): Promise<void>
  /** Sends a request to the API; resolves to the status of the answer. */
  call(path: string, body?: string): Promise<number>
  /** Gets a newer token. */
  renew(): Promise<string>
  /** The access token at hand. */
  token(): Promise<string>
  /** The thumbprint of the key. */
  key(): Promise<string>
  /** Tries to export the page's copy and the stored copy of the private key. The outcomes: "exported", or an error's name. */
  exportKey(): Promise<string[]>
  /** The provider's answers to the refresh token of the sign-in without a proof, and with a proof of another key. */
  refreshElsewhere(): Promise<unknown[]>
}

declare global {
  interface Window {
    dpopPage: DpopPage
  }
}

if (location.hash) sessionStorage.setItem('settings', location.hash.slice(1))
const { issuer, clientId, api } = Object.fromEntries(
  new URLSearchParams(sessionStorage.getItem('settings') ?? ''),
) as unknown as DpopPageSettings
const redirectUri = `${location.origin}/`
const client: oauth.Client = { client_id: clientId }
// eslint-disable-next-line @typescript-eslint/no-deprecated -- marked as deprecated to discourage its use without TLS
const insecure = { [oauth.allowInsecureRequests]: true }

const transport = dpop(oauthTransport({ issuer, clientId }))
const session = createSession({ transport, origins: [api] })
let brought: oauth.TokenEndpointResponse | undefined

window.dpopPage = {
  status: () => session.state.status,
  async signIn() {
    const { authorization_endpoint = '' } = await provider()
    const verifier = oauth.generateRandomCodeVerifier()
    sessionStorage.setItem('verifier', verifier)
    const wanted = new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      scope: 'openid offline_access',
      prompt: 'consent',
      redirect_uri: redirectUri,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    location.assign(`${authorization_endpoint}?${wanted}`)
  },
  async signOut() {
    await session.logout()
  },
  async call(path, body) {
    const init = body === undefined ? {} : { method: 'POST', body }
    const response = await session.authFetch(api + path, init)
    return response.status
  },
  renew: () => session.getAccessToken({ forceRefresh: true }),
  token: () => session.getAccessToken(),
  key: async () => await calculateThumbprint((await transport.keyPair()).publicKey),
  async exportKey() {
    const { privateKey } = await transport.keyPair()
    const resting = (await atRest()).filter((value) => value instanceof CryptoKey)
    const attempts = [privateKey, ...resting.filter(({ type }) => type === 'private')].flatMap(
      (key) => (['jwk', 'pkcs8'] as const).map((format) => crypto.subtle.exportKey(format, key)),
    )
    const outcomes = await Promise.allSettled(attempts)
    return outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? 'exported' : (outcome.reason as Error).name,
    )
  },
  async refreshElsewhere() {
    const { token_endpoint = '' } = await provider()
    const stranger = await oauth.generateKeyPair('ES256')
    const handle = oauth.DPoP(client, stranger)
    const refresh = (options: oauth.TokenEndpointRequestOptions): Promise<Response> =>
      oauth.refreshTokenGrantRequest(
        { issuer, token_endpoint },
        client,
        oauth.None(),
        brought?.refresh_token ?? '',
        { ...insecure, ...options },
      )
    const bare: unknown = await (await refresh({})).json()
    // The first answer brings the nonce.
    await refresh({ DPoP: handle }).then((response) =>
      oauth.processRefreshTokenResponse({ issuer }, client, response).catch(() => undefined),
    )
    const strange: unknown = await (await refresh({ DPoP: handle })).json()
    return [bare, strange]
  },
}

const callback = new URL(location.href)
if (callback.searchParams.has('code')) void finish()

async function provider(): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer)
  return await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, insecure))
}

async function finish(): Promise<void> {
  history.replaceState(null, '', '/')
  const server = await provider()
  const parameters = oauth.validateAuthResponse(server, client, callback, oauth.skipStateCheck)
  const handle = oauth.DPoP(client, await transport.keyPair())
  const exchange = async (): Promise<oauth.TokenEndpointResponse> =>
    await oauth.processAuthorizationCodeResponse(
      server,
      client,
      await oauth.authorizationCodeGrantRequest(
        server,
        client,
        oauth.None(),
        parameters,
        redirectUri,
        sessionStorage.getItem('verifier') ?? '',
        { DPoP: handle, ...insecure },
      ),
    )
  // Again with the nonce, if the provider demands one.
  brought = await exchange().catch((error: unknown) => {
    if (oauth.isDPoPNonceError(error)) return exchange()
    throw error
  })
  await session.login(brought)
}

/** The values of all fields of all records that the page's origin keeps in IndexedDB. */
async function atRest(): Promise<unknown[]> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('latchkey')
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(new Error('IndexedDB does not open'))
  })
  const values = await new Promise<unknown[]>((resolve) => {
    const request = database.transaction('sessions').objectStore('sessions').getAll()
    request.onsuccess = () => resolve(request.result)
  })
  database.close()
  return values.flatMap((value) => Object.values(value as object) as unknown[])
}
