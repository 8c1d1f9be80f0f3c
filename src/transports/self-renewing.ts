import type { Tokens } from '../tokens.ts'

/** The tokens of a server with a single token: the access token is the refresh token, too. */
export function selfRenewing(tokens: Tokens): Tokens {
  return { ...tokens, refreshToken: tokens.accessToken ?? undefined }
}
