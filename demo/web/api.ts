import ky, { type KyInstance } from 'ky'
import { mode } from './mode.ts'
import { session } from './session.ts'
import { faultyFetch } from './faulty-fetch.ts'
import { tools } from './tools.ts'

/**
 * The API, with a valid access token on every request. `authFetch` repeats a request that was refused for its token, so
 * ky must not retry. A request may wait for the next sign-in of its user, so ky must not give it up.
 */
export const api: KyInstance = ky.create({
  baseUrl: '/api/',
  fetch: session.authFetch,
  retry: 0,
  timeout: false,
})

/** The auth server's own endpoints: no token, but the header that keeps forms of other sites out. */
export const auth: KyInstance = ky.create({
  baseUrl: '/auth/',
  headers: { 'x-requested-with': 'latchkey' },
  fetch: tools.watchFetch(faultyFetch),
  // In body mode, the cookies of the other mode are not sent: the server would end their session.
  credentials: mode === 'cookie' ? 'same-origin' : 'omit',
  retry: 0,
})
