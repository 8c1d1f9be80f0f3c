import {
  anonymousTransport,
  cookieTransport,
  jsonTransport,
  readTokenResponse,
  renewTransport,
  slidingTransport,
  type SessionOptions,
  type Tokens,
  type Verdict,
} from '../../../src/index.ts'
import type { Mode } from './fixture-page.ts'

/** How a page handles tokens, if the backend runs in another mode than usual or has another auth server beside its own. */
export type Strategy = 'sliding' | 'renew' | 'soft' | 'pair' | 'anonymous' | 'ordinary'

type Options = Pick<SessionOptions, 'transport' | 'judgeResponse'>

/** The options of `createSession` for a strategy, as in the recipes of `docs/strategies.md`. */
export function optionsFor(
  strategy: Strategy | null,
  mode: Mode,
  hintCookie: string | undefined,
  headers: Readonly<Record<string, string>>,
): Options {
  switch (strategy) {
    case 'sliding':
      return { transport: slidingTransport('/api/me') }
    case 'renew':
      return { transport: renewTransport('/auth', { headers }) }
    case 'anonymous':
      return { transport: anonymousTransport('/auth/anonymous', { headers }) }
    case 'ordinary':
      return { transport: cookieTransport('/ordinary', { headers }) }
    case 'pair':
      return {
        transport: jsonTransport('/auth', {
          headers,
          body: ({ refreshToken, accessToken }) => ({
            refresh_token: refreshToken,
            access_token: accessToken,
          }),
        }),
      }
    case 'soft':
      return { transport: usual(readSoftly), judgeResponse: judgeSoftly }
    case null:
      return { transport: usual() }
  }

  function usual(read?: (answer: unknown) => Tokens): SessionOptions['transport'] {
    return mode === 'cookie'
      ? cookieTransport('/auth', { headers, hintCookie, read })
      : jsonTransport('/auth', { headers, read })
  }
}

function readSoftly(answer: unknown): Tokens {
  const { soft_expires_in } = answer as { readonly soft_expires_in: number }
  return { ...readTokenResponse(answer), expiresInMs: soft_expires_in * 1000 }
}

async function judgeSoftly(response: Response): Promise<Verdict> {
  if (response.status !== 401) return 'ok'
  const { code } = (await response.clone().json()) as { readonly code?: string }
  return code === 'INVALID_TOKEN' ? 'ended' : 'renew'
}
