import fc from 'fast-check'
import { expect, test } from 'vitest'
import { signIn } from '../../support/signed-in.ts'

// Story 31 of test/README.md: whatever a URL is made to look like, the token goes where fetch goes, if that is on the list, and nowhere else.

const LISTED = ['https://app.test', 'https://api.test:8443', 'http://[::1]:3000']
const BASE = 'https://app.test/page'

const hosts = fc.constantFrom(
  ...[
    'app.test',
    'APP.test',
    'api.test',
    'evil.test',
    'app.test.evil.test',
    'xapp.test',
    'app.test.',
    'app%2Etest',
  ],
  ...[
    'аpp.test',
    'xn--pp-7lc.test',
    'ａｐｐ.test',
    'app。test',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '127.1',
    '',
  ],
)
const schemes = fc.constantFrom(
  ...[
    'https:',
    'http:',
    'HTTPS:',
    'hTTps:',
    'ws:',
    'wss:',
    'ftp:',
    'file:',
    'blob:https:',
    'filesystem:https:',
  ],
  ...['data:text/plain,https:', 'javascript:', 'about:', 'view-source:https:', 'https', ''],
)
const slashes = fc.constantFrom(
  '//',
  '\\\\',
  '/\\',
  '\\/',
  '/',
  '',
  '///',
  '/\t/',
  '\n//',
  '/./',
  '//./',
)
const credentials = fc.constantFrom(
  '',
  'user@',
  'app.test@',
  'https://app.test@',
  'a:b@',
  '@',
  'app.test:443@',
  '%40',
)
const ports = fc.constantFrom(
  '',
  ':443',
  ':80',
  ':8443',
  ':3000',
  ':0443',
  ':',
  ':65536',
  ':-1',
  ':٤٤٣',
  ':443@evil.test',
)
const tails = fc.constantFrom(
  '',
  '/',
  '/api',
  '?x',
  '#x',
  '/../..//evil.test',
  '@evil.test',
  '\\@evil.test',
  '/auth/refresh',
  '/%2e%2e/',
  '\u0000',
)
const spaces = fc.constantFrom('', ' ', '\t', '\n', '\r\n', '\u0000', '\u00a0', '\ufeff')

const crafted = fc
  .tuple(spaces, schemes, slashes, credentials, hosts, ports, tails, spaces)
  .map((parts) => parts.join(''))
/** Crafted URLs with characters inserted anywhere. */
const broken = fc
  .tuple(
    crafted,
    fc.nat(),
    fc.constantFrom('\t', '\n', '\\', '/', '@', ':', '%', '?', '#', '\u00ad', '\u200b', '.'),
  )
  .map(([url, at, extra]) => {
    const middle = at % (url.length + 1)
    return url.slice(0, middle) + extra + url.slice(middle)
  })
const hostile = fc.oneof(crafted, broken, fc.webUrl(), fc.string({ unit: 'binary' }))

/** Where fetch goes; it refuses what has credentials in it by itself. */
function fetched(url: string | URL): URL | null {
  return URL.canParse(url, BASE) ? new URL(url, BASE) : null
}

function belongs(url: URL | null): boolean {
  return url !== null && /^https?:$/.test(url.protocol) && LISTED.includes(url.origin)
}

function isOwn({ pathname, origin }: URL): boolean {
  return origin === LISTED[0] && /^\/auth\/(refresh|logout)(\/|$)/.test(pathname)
}

test('the token goes along if, and only if, what is fetched is on the list', async () => {
  const sent: [input: RequestInfo | URL, hasToken: boolean][] = []
  const { session } = await signIn({
    origins: LISTED.slice(1),
    fetch: (input, init) => {
      sent.push([input, new Headers(init?.headers).has('authorization')])
      return Promise.resolve(new Response('{}'))
    },
  })
  let dressed = 0
  await fc.assert(
    fc.asyncProperty(hostile, fc.constantFrom('text', 'URL', 'object'), async (text, as) => {
      const url = as === 'URL' && URL.canParse(text, BASE) ? new URL(text, BASE) : text
      // Anything but a Request is text to fetch, even if it has a `url`.
      const input = as === 'object' ? { url: LISTED[0], toString: () => text } : url
      sent.length = 0
      await session.authFetch(input as string)
      expect(sent).toHaveLength(1)
      const [[given, hasToken] = ['', false]] = sent
      const meant = fetched(as === 'object' ? text : url)
      if (hasToken) {
        dressed++
        // The URL that was sent is the one that the caller asked for, in a form that can be read in one way only.
        expect(given).toBe(meant?.href)
      }
      expect(hasToken).toBe(belongs(meant) && meant !== null && !isOwn(meant))
    }),
    { numRuns: 4_000, seed: 31 },
  )
  // Enough of these are on the list for the test to be meaningful.
  expect(dressed).toBeGreaterThan(50)
})
