import type { Tokens } from '../tokens.ts'

/** The tokens of a server that has but one: the access token is what the next one is asked for with. */
export function selfRenewing(tokens: Tokens): Tokens {
  return { ...tokens, refreshToken: tokens.accessToken ?? undefined }
}
