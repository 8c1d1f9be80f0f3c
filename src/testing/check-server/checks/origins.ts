import { inWords, sameSiteOf, type Answer, type SetCookie } from '../answer.ts'
import { kept, must, notApplicable, type Check } from '../check.ts'
import { secretCookies } from '../credential.ts'
import { isOtherSite } from '../is-other-site.ts'
import { wantedHeaders } from '../probe.ts'

/** Requests from pages of this and of other origins. */
export const originChecks: readonly Check[] = [
  {
    id: 'csrf-header',
    promise:
      'A request with a cookie but without the header that a form cannot send is refused, and uses no token.',
    harm: 'others-let-in',
    cost: 'A sibling subdomain, which is the same site, can refresh and log out in the user’s name.',
    async ask(probe) {
      const session = await probe.logIn()
      if (session.token !== undefined)
        return notApplicable('Another site cannot send the token, which travels in bodies.')
      const answer = await probe.refresh(session, { headers: {} })
      must(!answer.ok, 'It was served.')
      must(await probe.isAlive(session), 'It was refused, but the token was spent.')
      return kept(`It was answered ${inWords(answer)}.`)
    },
  },
  {
    id: 'cors-strangers',
    promise: 'No page of an origin that is not yours may read answers with credentials.',
    harm: 'others-let-in',
    cost: "Any site that a user visits can fetch the user's access token.",
    async ask(probe) {
      const session = await probe.logIn()
      const { origin: own } = new URL(probe.options.url)
      const strangers = [
        'https://stranger.example',
        `${probe.options.origin ?? own}.stranger.example`,
        'null',
      ]
      for (const origin of strangers) {
        must(
          !opensTo(origin, await probe.preflight(origin)),
          `A preflight from ${kindOf(origin)} is granted.`,
        )
        const answer = await probe.refresh(session, {
          headers: { ...probe.options.headers, origin },
        })
        must(!opensTo(origin, answer), `An answer may be read by ${kindOf(origin)}.`)
      }
      return kept('A foreign origin, one that begins like yours, and a sandboxed page: none may.')
    },
  },
  {
    id: 'cors-friends',
    promise:
      'Pages of your other origin may send what the client sends, with cookies, and read Retry-After.',
    harm: 'session-lost',
    cost: 'The browser blocks every refresh of that page, or the client cannot read when to try again.',
    async ask(probe) {
      const { origin, headers, url } = probe.options
      const session = await probe.logIn()
      if (origin === undefined || origin === new URL(url).origin)
        return notApplicable('No other origin was named.')
      if (isOtherSite(origin, url))
        must(
          probe.answers.flatMap(secretCookies).every(goesToOtherSites),
          'A refresh cookie is not SameSite=None; Secure, so browsers send it with no request of another site’s page.',
        )
      const preflight = await probe.preflight(origin)
      must(
        preflight.headers.get('access-control-allow-origin') !== '*' || session.token !== undefined,
        'The preflight allows *, not the exact origin: browsers refuse that with credentials.',
      )
      must(preflight.ok && allows(origin, preflight), 'The preflight is not granted.')
      const granted = listIn(preflight, 'access-control-allow-headers')
      const missing = wantedHeaders(headers).filter((name) => !granted.includes(name.toLowerCase()))
      must(missing.length === 0, `The preflight does not allow the headers ${missing.join(', ')}.`)
      const answer = await probe.refresh(session, { headers: { ...headers, origin } })
      must(answer.ok && allows(origin, answer), 'The answer to a refresh may not be read.')
      if (session.token === undefined)
        must(
          preflight.headers.get('access-control-allow-credentials') === 'true',
          'Cookies are not allowed.',
        )
      must(
        listIn(answer, 'access-control-expose-headers').includes('retry-after'),
        'Retry-After is not exposed.',
      )
      return kept('They may.')
    },
  },
]

function goesToOtherSites(cookie: SetCookie): boolean {
  return sameSiteOf(cookie) === 'none' && cookie.attributes.has('secure')
}

function allows(origin: string, { headers }: Answer): boolean {
  return headers.get('access-control-allow-origin') === origin
}

/** A server that allows `*` together with credentials opens to all origins, though browsers refuse the combination. */
function opensTo(origin: string, answer: Answer): boolean {
  const allowed = answer.headers.get('access-control-allow-origin')
  const withCredentials = answer.headers.get('access-control-allow-credentials') === 'true'
  return withCredentials && (allowed === origin || allowed === '*')
}

function kindOf(origin: string): string {
  if (origin === 'null') return 'a sandboxed page (Origin: null)'
  return origin === 'https://stranger.example'
    ? 'a foreign origin'
    : 'an origin that begins like yours'
}

function listIn({ headers }: Answer, name: string): readonly string[] {
  return (headers.get(name) ?? '')
    .toLowerCase()
    .split(',')
    .map((each) => each.trim())
}
