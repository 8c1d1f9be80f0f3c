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
} from 'latchkey'
import { mode, strategy } from './mode.ts'

/** What an application gives `createSession` for a server of this mode. `docs/strategies.md` explains each. */
export function strategyOptions(): Pick<SessionOptions, 'transport' | 'judgeResponse'> {
  switch (strategy) {
    case 'rotating':
      return { transport: usualTransport() }
    case 'sliding':
      return { transport: slidingTransport('/api/me') }
    case 'renew':
      return { transport: renewTransport('/auth') }
    case 'soft':
      return { transport: usualTransport(readSoftly), judgeResponse: judgeSoftly }
    case 'pair':
      return {
        transport: jsonTransport('/auth', {
          body: ({ refreshToken, accessToken }) => ({
            refresh_token: refreshToken,
            access_token: accessToken,
          }),
        }),
      }
    case 'anonymous':
      return { transport: anonymousTransport('/auth/anonymous') }
  }
}

function usualTransport(read?: (answer: unknown) => Tokens): SessionOptions['transport'] {
  return mode === 'cookie'
    ? cookieTransport('/auth', { hintCookie: 'latchkey-hint', read })
    : jsonTransport('/auth', { read })
}

/** A token is renewed when its soft expiry is reached. */
function readSoftly(answer: unknown): Tokens {
  const { soft_expires_in } = answer as { readonly soft_expires_in: number }
  return { ...readTokenResponse(answer), expiresInMs: soft_expires_in * 1000 }
}

async function judgeSoftly(response: Response): Promise<Verdict> {
  if (response.status !== 401) return 'ok'
  const { code } = (await response.clone().json()) as { readonly code?: string }
  return code === 'INVALID_TOKEN' ? 'ended' : 'renew'
}
