import ky, { type KyInstance } from 'ky'
import { mode } from './mode.ts'
import { session } from './session.ts'
import { watchedFetch } from './watched-fetch.ts'

/**
 * The API, with a good access token on every request. `authFetch` repeats what was refused for its token, so ky has
 * nothing to retry; and it may wait 15 s for a renewal, which ky's own timeout has to allow for.
 */
export const api: KyInstance = ky.create({
  baseUrl: '/api/',
  fetch: session.authFetch,
  retry: 0,
  timeout: 30_000,
})

/** The auth server's own endpoints: no token, but the header that keeps other sites' forms out. */
export const auth: KyInstance = ky.create({
  baseUrl: '/auth/',
  headers: { 'x-requested-with': 'latchkey' },
  fetch: watchedFetch,
  // In body mode the cookies of the other mode stay at home: the server would end their session.
  credentials: mode === 'cookie' ? 'same-origin' : 'omit',
  retry: 0,
})
