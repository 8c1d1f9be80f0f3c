import { lifetimeMsOf, type Tokens } from '../tokens.ts'

/** The tokens of a server with a single token: the access token is the refresh token, too. */
export function selfRenewing(tokens: Tokens): Tokens {
  return { ...tokens, refreshToken: tokens.accessToken ?? undefined }
}

/** The same where the server does not renew an expired token: the session ends when the token expires. */
export function renewedUntilExpiry(tokens: Tokens): Tokens {
  return { ...selfRenewing(tokens), refreshExpiresInMs: lifetimeMsOf(tokens) ?? undefined }
}
