import * as oauth from 'oauth4webapi'

/** The provider as it calls itself, and what it calls this application. */
export interface Client {
  readonly issuer: string
  readonly clientId: string
}

const KEPT = 'sign-in'
/** The page to come back to, which the provider has to know. */
const redirectUri = location.origin + location.pathname

/** Leaves for the provider, who signs the user in and sends them back to this page: code with PKCE (RFC 7636). */
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

/** The token response, for `session.login()`, on the page that the provider has sent the user back to; `null` on any other. */
export async function comeBack({ issuer, clientId }: Client): Promise<unknown> {
  const here = new URL(location.href)
  const kept = sessionStorage.getItem(KEPT)
  if (kept === null || !here.searchParams.has('state')) return null
  // A code is good for one use: a reload must not show it again.
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

/** Plain http is for a provider on the developer's own machine. */
function unencrypted(issuer: string): object {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- so marked to make it stand out
  return { [oauth.allowInsecureRequests]: new URL(issuer).hostname === '127.0.0.1' }
}
