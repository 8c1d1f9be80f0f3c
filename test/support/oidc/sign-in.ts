import { createHash, randomBytes } from 'node:crypto'
import type { OidcServer } from './oidc-server.ts'

/** Options of a sign-in from Node.js. */
export interface SignIn {
  readonly user?: string
  /** @default 'openid offline_access' */
  readonly scope?: string
  /** Sent with the code, such as a DPoP proof. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Signs in as a browser would, by code with PKCE, and resolves to the token response. */
export async function signIn(
  { issuer, clientId }: OidcServer,
  pageUrl: string,
  { user = 'alice', scope = 'openid offline_access', headers = {} }: SignIn = {},
): Promise<Record<string, unknown>> {
  const cookies = new Map<string, string>()
  async function go(url: string, body?: URLSearchParams): Promise<string> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(body && { method: 'POST', body }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) throw new Error(`${url} was answered with ${response.status}`)
    return new URL(location, url).href
  }

  const verifier = randomBytes(32).toString('base64url')
  const wanted = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    scope,
    prompt: 'consent',
    redirect_uri: pageUrl,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const form = await go(`${issuer}/auth?${wanted}`)
  const back = await go(await go(form, new URLSearchParams({ login: user })))
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: clientId,
    code: new URL(back).searchParams.get('code') ?? '',
    redirect_uri: pageUrl,
    code_verifier: verifier,
  })
  const response = await fetch(`${issuer}/token`, { method: 'POST', headers, body })
  if (!response.ok) throw new Error(`The code was answered with ${response.status}`)
  return (await response.json()) as Record<string, unknown>
}

/** Refreshes as any client would, and resolves to the answer, also if it is an error. */
export async function refresh(
  { issuer, clientId }: OidcServer,
  token: unknown,
): Promise<Record<string, unknown>> {
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: String(token),
  })
  const answer = await fetch(`${issuer}/token`, { method: 'POST', body })
  return (await answer.json()) as Record<string, unknown>
}
