import type { Session } from 'latchkey'

/** What the page asks of a session: latchkey's, or the naive one beside it. The page cannot tell them apart. */
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
