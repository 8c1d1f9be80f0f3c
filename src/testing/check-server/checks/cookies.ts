import { sameSiteOf, type SetCookie } from '../answer.ts'
import { kept, must, notApplicable, type Check, type Finding } from '../check.ts'
import { credentialIn, isSameToken, secretCookies, type Credential } from '../credential.ts'
import { isOtherSite } from '../is-other-site.ts'
import type { Probe } from '../probe.ts'

/** The cookies that carry a refresh token. */
export const cookieChecks: readonly Check[] = [
  {
    id: 'cookie-http-only',
    promise: 'Refresh cookies are HttpOnly.',
    harm: 'theft-eased',
    cost: 'A script injected into a page can steal the session, and use it elsewhere for weeks.',
    ask: (probe) => everyCookie(probe, ({ attributes }) => attributes.has('httponly')),
  },
  {
    id: 'cookie-secure',
    promise: 'Refresh cookies are Secure.',
    harm: 'theft-eased',
    cost: 'One request over plain HTTP, to any host of the cookie, shows the refresh token to the network.',
    ask: (probe) => everyCookie(probe, ({ attributes }) => attributes.has('secure')),
  },
  {
    id: 'cookie-same-site',
    promise: 'Refresh cookies are SameSite=Strict, or Lax.',
    harm: 'others-let-in',
    cost: "Pages of other sites can make the user's browser refresh and log out.",
    async ask(probe) {
      if (isOtherSite(probe.options.origin, probe.options.url))
        return notApplicable(
          'Pages of another site need SameSite=None. Header and CORS protect it.',
        )
      return everyCookie(probe, (cookie) => ['strict', 'lax'].includes(sameSiteOf(cookie)))
    },
  },
  {
    id: 'cookie-path',
    promise: 'Refresh cookies go to the auth endpoints only: their Path says so.',
    harm: 'theft-eased',
    cost: 'Every request to the API, and its logs, carries the refresh token.',
    ask(probe) {
      const { pathname } = new URL(probe.options.url)
      return everyCookie(probe, ({ attributes }) => {
        const path = attributes.get('path') ?? ''
        return (
          path !== '/' &&
          `${pathname.replace(/\/+$/, '')}/`.startsWith(`${path.replace(/\/+$/, '')}/`)
        )
      })
    },
  },
  {
    id: 'cookie-numbered',
    promise:
      'Each refresh token has a cookie of its own, so that a late answer cannot replace it by an older one.',
    harm: 'session-lost',
    cost: "An old answer that arrives late overwrites the newer one's cookie, and the next refresh signs the user out.",
    ofSpent: true,
    async ask(probe) {
      const first = await probe.logIn()
      const next = await probe.rotate(first)
      if (first.token !== undefined) return IN_BODIES
      must(
        [...next.cookies.keys()].every((name) => !first.cookies.has(name)),
        'The next token came in the same cookie.',
      )
      return kept('The next token came in another cookie.')
    },
  },
  {
    id: 'cookie-newest-counts',
    promise: 'The newest cookie of a session counts; an older one beside it does no harm.',
    harm: 'session-lost',
    cost: 'A browser that still has an old cookie, whose clearing answer was lost, is taken for a thief.',
    ofSpent: true,
    async ask(probe) {
      const first = await probe.logIn()
      const next = await probe.rotate(first)
      if (first.token !== undefined) return IN_BODIES
      if (overwrites(first, next)) return notApplicable('There is one cookie only.')
      const third = await probe.rotate(next, { beside: [first] })
      must(!isSameToken(third, next), 'The newest one was not rotated.')
      must(await probe.isAlive(third), 'That ended the session.')
      return kept('The newest one was rotated.')
    },
  },
  {
    id: 'cookie-older-cleared',
    promise: 'A refresh clears the older cookies that were sent with it.',
    harm: 'session-lost',
    cost: 'Cookies pile up until the server refuses the request for its size.',
    ofSpent: true,
    async ask(probe) {
      const first = await probe.logIn()
      const answer = await probe.refresh(first)
      if (first.token !== undefined) return IN_BODIES
      const next = credentialIn(answer)
      if (next && overwrites(first, next)) return notApplicable('There is one cookie only.')
      const cleared = answer.cookies.filter(({ value }) => value === '').map(({ name }) => name)
      must(
        [...first.cookies.keys()].every((name) => cleared.includes(name)),
        'The cookie of the spent token stays.',
      )
      return kept('The cookie of the spent token is cleared.')
    },
  },
  {
    id: 'cookie-only',
    promise: 'A refresh token in a cookie is not in the body as well.',
    harm: 'theft-eased',
    cost: 'HttpOnly protects nothing: script reads the token from the answer.',
    async ask(probe) {
      const first = await probe.logIn()
      await probe.rotate(first)
      if (first.token !== undefined) return IN_BODIES
      must(
        probe.answers.every(({ body }) => !('refresh_token' in body)),
        'The body has a refresh_token.',
      )
      return kept('The bodies have none.')
    },
  },
]

const IN_BODIES = notApplicable('The refresh token travels in bodies.')

/** Checks all refresh cookies that a login and a refresh set. */
async function everyCookie(
  probe: Probe,
  isRight: (cookie: SetCookie) => boolean,
): Promise<Finding> {
  const first = await probe.logIn()
  await probe.rotate(first)
  if (first.token !== undefined) return IN_BODIES
  const cookies = probe.answers.flatMap(secretCookies)
  must(cookies.every(isRight), 'A refresh cookie is not.')
  return kept('All of them.')
}

function overwrites(first: Credential, next: Credential): boolean {
  return [...next.cookies.keys()].some((name) => first.cookies.has(name))
}
