import type { Session } from 'latchkey'

/** What the page needs of a session: latchkey's, or the naive one beside it. The page treats both alike. */
export type DemoSession = Pick<
  Session,
  | 'authFetch'
  | 'login'
  | 'logout'
  | 'getAccessToken'
  | 'state'
  | 'subscribe'
  | 'on'
  | 'onSessionEnded'
  | 'ready'
  | 'takeLastEnd'
>
