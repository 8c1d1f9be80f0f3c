import * as oauth from 'oauth4webapi'

/** The provider, and the application's name there. */
export interface Client {
  readonly issuer: string
  readonly clientId: string
}

const KEPT = 'sign-in'
/** The page to come back to, which is registered at the provider. */
const redirectUri = location.origin + location.pathname

/** Goes to the provider, which signs the user in and sends them back to this page: code with PKCE (RFC 7636). */
export async function leaveToSignIn({ issuer, clientId }: Client): Promise<void> {
  const { authorization_endpoint } = await discover(issuer)
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  sessionStorage.setItem(KEPT, JSON.stringify({ verifier, state }))
  const parameters = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    // `offline_access` brings a refresh token, and needs the user's consent (OpenID Connect Core §11).
    scope: 'openid offline_access',
    prompt: 'consent',
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  location.assign(`${authorization_endpoint ?? ''}?${parameters.toString()}`)
}

/** Resolves to the token response for `session.login()` if the provider has just sent the user back, and otherwise to `null`. */
export async function comeBack({ issuer, clientId }: Client): Promise<unknown> {
  const here = new URL(location.href)
  const kept = sessionStorage.getItem(KEPT)
  if (kept === null || !here.searchParams.has('state')) return null
  // A code can be used once, so a reload must not send it again.
  sessionStorage.removeItem(KEPT)
  history.replaceState(null, '', redirectUri)
  const { verifier, state } = JSON.parse(kept) as { verifier: string; state: string }
  const server = await discover(issuer)
  const client = { client_id: clientId }
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    oauth.validateAuthResponse(server, client, here, state),
    redirectUri,
    verifier,
    unencrypted(issuer),
  )
  return await oauth.processAuthorizationCodeResponse(server, client, response)
}

async function discover(issuer: string): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer)
  return await oauth.processDiscoveryResponse(
    url,
    await oauth.discoveryRequest(url, unencrypted(issuer)),
  )
}

/** Allows plain http for a provider on the developer's own machine. */
function unencrypted(issuer: string): object {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked as deprecated to discourage its use without TLS
  return { [oauth.allowInsecureRequests]: new URL(issuer).hostname === '127.0.0.1' }
}
