import type { StepUp } from '../session-state.ts'

/** What an answer says about the token it was asked with. `ok`: nothing. */
export type Verdict = 'ok' | 'renew' | 'ended' | StepUp

// One challenge parameter: name, then a quoted string or a token (RFC 9110 §11.2).
const PARAMETER = /([!#$%&'*+.^_`|~\w-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",=]+))/g
const SCHEME = /(?:^|,)[ \t]*([!#$%&'*+.^_`|~\w-]+)(?:[ \t]+(?=[^\s,=])|[ \t]*(?=,|$))(?![ \t]*=)/g

/**
 * Reads a 401 as RFC 6750 §3.1 and RFC 9470 §3 mean it: the token is at fault unless a challenge for it says
 * otherwise. Everything but a 401 is `ok`.
 */
export function judgeChallenge(response: Response): Verdict {
  if (response.status !== 401) return 'ok'
  const { error, acr_values, max_age } = bearerChallenge(
    response.headers.get('www-authenticate') ?? '',
  )
  if (error === 'insufficient_scope' || error === 'invalid_request') return 'ok'
  if (error !== 'insufficient_user_authentication') return 'renew'
  return {
    acrValues: acr_values?.split(' ') ?? [],
    maxAgeMs: max_age === undefined || isNaN(+max_age) ? null : +max_age * 1000,
  }
}

interface Challenge {
  readonly error?: string
  readonly acr_values?: string
  readonly max_age?: string
}

/** The parameters of the first Bearer or DPoP challenge among several (RFC 9110 §11.6.1). */
function bearerChallenge(header: string): Challenge {
  const unquoted = header.replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => '_'.repeat(quoted.length))
  const schemes = [...unquoted.matchAll(SCHEME)]
  const index = schemes.findIndex(([, name]) => /^(?:bearer|dpop)$/i.test(name ?? ''))
  if (index < 0) return {}
  const text = header.slice(schemes[index]?.index, schemes[index + 1]?.index)
  const parameters = [...text.matchAll(PARAMETER)]
  return Object.fromEntries(
    parameters.map(([, name = '', quoted, token = '']) => [
      name.toLowerCase(),
      quoted?.replace(/\\(.)/g, '$1') ?? token,
    ]),
  )
}
