import { API } from '../world.ts'
import type { Invariant } from './invariant.ts'

// Where tokens never go.

const REFRESH_TOKEN = /refresh-s\d/
const ACCESS_TOKEN = /eyJ/

/** I10 */
export const theTokenGoesToAllowedOriginsOnly: Invariant = ({ endpoints }, { sent }) => {
  const leak = sent.find(
    ({ request: { headers, origin, path } }) =>
      headers.has('authorization') &&
      (!['https://app.test', API].includes(origin) ||
        // A transport itself may send it there.
        (headers.has('x-call') && endpoints.some((endpoint) => path.startsWith(endpoint)))),
  )
  return leak && `the token went to ${leak.request.origin}${leak.request.path}`
}

/** H1, G2 */
export const noRefreshTokenIsPostedAndNoTokenMirrored: Invariant = ({ browser }, { posted }) => {
  if (REFRESH_TOKEN.test(JSON.stringify(posted))) return 'a refresh token was posted'
  const mirror = browser.stored.mirror ?? ''
  return REFRESH_TOKEN.test(mirror) || ACCESS_TOKEN.test(mirror)
    ? 'a token rests in localStorage'
    : undefined
}
