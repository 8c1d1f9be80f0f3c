/** A library to compare: its name, how its page is opened, and what a reader of its row should know. */
export interface Peer {
  readonly name: string
  /** The package, from this folder's package.json; latchkey is not among them. */
  readonly packages: readonly string[]
  readonly page: string
  readonly query?: string
  /** How it was set up, in a few words. The page's file has the details. */
  readonly setup: string
}

export const PEERS: readonly Peer[] = [
  {
    name: 'latchkey, cookie',
    packages: [],
    page: 'latchkey.mjs',
    query: '?mode=cookie',
    setup: 'cookieTransport: the server repeats an answer for a repeated key',
  },
  {
    name: 'latchkey, body',
    packages: [],
    page: 'latchkey.mjs',
    query: '?mode=body',
    setup: 'jsonTransport: likewise, refresh token in the record',
  },
  {
    name: 'latchkey, plain cookie server',
    packages: [],
    page: 'latchkey.mjs',
    query: '?mode=ordinary',
    setup:
      'cookieTransport, with one cookie that rotates: the server of the rows with cookies below',
  },
  {
    name: 'latchkey, plain body server',
    packages: [],
    page: 'latchkey.mjs',
    query: '?mode=plain',
    setup: 'jsonTransport without keys: the server of the rows below',
  },
  {
    name: 'latchkey, plain body server, with its worker',
    packages: [],
    page: 'latchkey.mjs',
    query: '?mode=worker',
    setup: 'the same, and a SharedWorker makes the refreshes',
  },
  {
    name: 'axios-auth-refresh',
    packages: ['axios-auth-refresh', 'axios'],
    page: 'axios-auth-refresh.mjs',
    setup: 'README; refresh cookie, access token in localStorage',
  },
  {
    name: 'ky, its recipe',
    packages: ['ky'],
    page: 'ky.mjs',
    setup: 'readme, one refresh at a time in a tab; refresh cookie, access token in localStorage',
  },
  {
    name: '@badgateway/oauth2-client',
    packages: ['@badgateway/oauth2-client'],
    page: 'badgateway.mjs',
    setup: 'OAuth2Fetch, tokens in localStorage',
  },
  {
    name: 'oidc-client-ts',
    packages: ['oidc-client-ts'],
    page: 'oidc-client-ts.mjs',
    setup: 'UserManager, user in localStorage, one signinSilent() at a time in a tab',
  },
  {
    name: '@auth0/auth0-spa-js',
    packages: ['@auth0/auth0-spa-js'],
    page: 'auth0-spa-js.mjs',
    setup: 'refresh tokens, cache in localStorage; takes a lock across tabs',
  },
  {
    name: '@supabase/auth-js',
    packages: ['@supabase/auth-js'],
    page: 'supabase.mjs',
    setup:
      'its defaults: no lock, counts on its own server to forgive the parent of the newest token, which this one does not',
  },
  {
    name: '@supabase/auth-js, navigatorLock',
    packages: ['@supabase/auth-js'],
    page: 'supabase.mjs',
    query: '?lock',
    setup: 'with the lock across tabs that was the default until 2.107, now deprecated',
  },
  {
    name: 'supertokens-website',
    packages: ['supertokens-website'],
    page: 'supertokens.mjs',
    setup:
      'cookies; takes a lock across tabs. Its own server ends a session only when the successor has been used',
  },
]
