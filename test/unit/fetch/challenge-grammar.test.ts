import fc from 'fast-check'
import { expect, test } from 'vitest'
import { judgeStepUp } from '../../../src/fetch/challenge.ts'

// RFC 9110 §11.6.1: the challenge for a bearer or DPoP token is read among any others.

const tokens = fc.stringMatching(/^[\w!#$%&'*+.^`|~-]{1,8}$/)
const names = tokens.filter((name) => !/^error$/i.test(name))
const quoted = fc
  .string({
    unit: fc.constantFrom(...'ab ,="\\;()Bearer error=insufficient_scope'.split('')),
    maxLength: 20,
  })
  .map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`)
const spaces = fc.constantFrom('', ' ', '\t', '  ')
const parameters = fc
  .tuple(names, spaces, spaces, fc.oneof(tokens, quoted))
  .map(([name, before, after, value]) => `${name}${before}=${after}${value}`)
const token68 = fc.stringMatching(/^[A-Za-z0-9._~+/-]{1,10}={0,2}$/)
const foreignSchemes = fc.constantFrom(
  'Basic',
  'Digest',
  'Negotiate',
  'NTLM',
  'x-bearer',
  'Bearer2',
)

const foreign = fc
  .tuple(
    foreignSchemes,
    fc.oneof(
      fc.array(parameters, { maxLength: 3 }),
      token68.map((text) => [text]),
    ),
  )
  .map(([scheme, rest]) => [scheme, rest.join(', ')].join(' ').trim())
const separators = fc.constantFrom(',', ', ', ' ,\t', ', , ')

/** A challenge for us that says `error`, in any case, order and quoting. */
const ours = (error: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom('Bearer', 'bearer', 'BEARER', 'DPoP', 'dpop'),
      fc.array(parameters, { maxLength: 2 }),
      fc.constantFrom('error', 'Error', 'ERROR'),
      fc.constantFrom(error, `"${error}"`, `"${error.replace('_', '\\_')}"`),
      fc.array(parameters, { maxLength: 2 }),
    )
    .map(
      ([scheme, before, name, value, after]) =>
        `${scheme} ${[...before, `${name}=${value}`, ...after].join(', ')}`,
    )

/** `lines`: as several header lines, which fetch joins. */
function judged(challenges: readonly string[], separator: string | null): unknown {
  const headers = new Headers()
  if (separator !== null) headers.set('www-authenticate', challenges.join(separator))
  else for (const challenge of challenges) headers.append('www-authenticate', challenge)
  return judgeStepUp(new Response(null, { status: 401, headers }))
}

const among = (error: string) =>
  fc.tuple(
    fc.array(foreign, { maxLength: 2 }),
    ours(error),
    fc.array(foreign, { maxLength: 2 }),
    fc.option(separators),
  )

test.each([
  ['insufficient_scope', 'ok'],
  ['invalid_request', 'ok'],
  ['invalid_token', 'renew'],
  ['insufficient_user_authentication', { acrValues: [], maxAgeMs: null }],
] as const)('%s is found among other challenges, however they are written', (error, verdict) => {
  fc.assert(
    fc.property(among(error), ([before, challenge, after, separator]) => {
      expect(judged([...before, challenge, ...after], separator)).toEqual(verdict)
    }),
    { numRuns: 1_000, seed: 9110 },
  )
})

test('what other schemes say, and what is quoted, is not for us: the token is renewed', () => {
  const elsewhere = fc
    .tuple(foreignSchemes, fc.constantFrom('insufficient_scope', 'invalid_request'))
    .map(([scheme, error]) => `${scheme} realm="Bearer error=${error}", error="${error}"`)
  fc.assert(
    fc.property(
      fc.array(fc.oneof(foreign, elsewhere), { maxLength: 4 }),
      fc.option(separators),
      (challenges, separator) => {
        expect(judged(challenges, separator)).toBe('renew')
      },
    ),
    { numRuns: 1_000, seed: 6750 },
  )
})

test('a header of nonsense renews, and takes no time to read', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'aB =,"\\\t'.split('')), maxLength: 2_000 }),
      (text) => {
        expect(judged([`Basic ${text}`], ',')).toBe('renew')
      },
    ),
    { numRuns: 300, seed: 401 },
  )
})
