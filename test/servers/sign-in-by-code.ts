import * as oauth from 'oauth4webapi'

/** The provider, and the page's name there. */
interface Client {
  readonly issuer: string
  readonly clientId: string
}

/** Signs in by code with PKCE, without leaving the page: the provider is on its origin. With a key pair, the tokens are bound to it. */
export async function signInByCode(
  { issuer, clientId }: Client,
  login: string,
  keyPair?: CryptoKeyPair,
): Promise<unknown> {
  const redirectUri = `${issuer}/page`
  const server: oauth.AuthorizationServer = { issuer, token_endpoint: `${issuer}/token` }
  const client: oauth.Client = { client_id: clientId }
  const verifier = oauth.generateRandomCodeVerifier()
  const wanted = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid offline_access',
    prompt: 'login consent',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  let page = await submit(await fetch(`/auth?${wanted}`), { login })
  // Another user was signed in there: the provider asks whether that one shall be logged out.
  if (!page.url.startsWith(redirectUri)) page = await submit(page, {})
  const code = oauth.validateAuthResponse(server, client, new URL(page.url), oauth.expectNoState)
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    code,
    redirectUri,
    verifier,
    {
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked as deprecated to discourage its use without TLS
      [oauth.allowInsecureRequests]: true,
      ...(keyPair && { DPoP: oauth.DPoP(client, keyPair) }),
    },
  )
  return await response.json()
}

/** Submits the form of a page, as a user would. */
async function submit(page: Response, values: Record<string, string>): Promise<Response> {
  const { forms } = new DOMParser().parseFromString(await page.text(), 'text/html')
  const [form] = forms
  if (!form) throw new Error(`There is no form at ${page.url}`)
  const fields = new FormData(form) as unknown as Iterable<[string, string]>
  const body = new URLSearchParams({ ...Object.fromEntries(fields), ...values })
  return await fetch(form.getAttribute('action') ?? page.url, { method: 'POST', body })
}
