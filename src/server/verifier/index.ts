export { bearerToken, unauthorized } from './bearer.ts'
export { TokenError } from './token-error.ts'
export {
  createVerifier,
  type AccessTokenClaims,
  type Verifier,
  type VerifierOptions,
} from './verifier.ts'
export type { RefusedTokens } from './refusals.ts'
