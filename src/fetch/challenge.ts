import type { StepUp } from '../session-state.ts'

/** What an answer says about the token of its request. `ok`: nothing. */
export type Verdict = 'ok' | 'renew' | 'ended' | StepUp

/** Refusals that a newer token does not change (RFC 6750 §3.1, RFC 9449 §7.1, RFC 9470 §3). */
const NOT_THE_TOKEN =
  /^(insufficient_(scope|user_authentication)|invalid_(request|dpop_proof)|use_dpop_nonce)$/
const BEARER = /^(bearer|dpop)$/i

/**
 * Reads a 401 as RFC 6750 §3.1 means it: the token is at fault unless a challenge for it says otherwise. Everything but a
 * 401 is `ok`.
 */
export function judgeChallenge(response: Response): 'ok' | 'renew' {
  const isTokenAtFault =
    response.status === 401 &&
    !NOT_THE_TOKEN.test(challengeFor(BEARER, response).get('error') ?? '')
  return isTokenAtFault ? 'renew' : 'ok'
}

/**
 * For the option `judgeResponse`: judges a 401 as without it, and reads what a challenge for a stronger or fresher sign-in
 * asks for (RFC 9470 §3), so that the session emits `step-up`. An application with a `judgeResponse` of its own may call
 * this one for the answers that it does not judge itself.
 */
export function judgeStepUp(response: Response): 'ok' | 'renew' | StepUp {
  const challenge = response.status === 401 && challengeFor(BEARER, response)
  if (!challenge || challenge.get('error') !== 'insufficient_user_authentication')
    return judgeChallenge(response)
  const maxAgeS = Number(challenge.get('max_age'))
  return {
    acrValues: challenge.get('acr_values')?.split(' ') ?? [],
    maxAgeMs: isNaN(maxAgeS) ? null : maxAgeS * 1000,
  }
}

// A name alone is a scheme (or the credentials of an unknown scheme). A name with a value is a parameter of the scheme
// before it: a quoted string or a token (RFC 9110 §11.2, §11.6.1).
const PART = /([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g

/** The parameters of the challenges whose scheme matches `schemes`. Of a parameter given twice, the first counts. */
export function challengeFor(schemes: RegExp, { headers }: Response): ReadonlyMap<string, string> {
  const header = headers.get('www-authenticate') ?? ''
  const parameters = new Map<string, string>()
  let isOurs = false
  for (const [, name = '', quoted, value = quoted?.replace(/\\(.)/g, '$1')] of header.matchAll(
    PART,
  )) {
    const key = name.toLowerCase()
    if (value === undefined) isOurs = schemes.test(name)
    else if (isOurs && !parameters.has(key)) parameters.set(key, value)
  }
  return parameters
}
