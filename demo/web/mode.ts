/** How the refresh token travels: in an HttpOnly cookie, or in the body of requests and answers. */
export type Mode = 'cookie' | 'body'

/** Chosen in the address: `/?mode=body`. */
export const mode: Mode =
  new URLSearchParams(location.search).get('mode') === 'body' ? 'body' : 'cookie'
