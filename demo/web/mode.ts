/** How the refresh token travels: in an HttpOnly cookie, or in the body of requests and answers. */
export type Mode = 'cookie' | 'body'

/** How the session is kept: as the server was told by `MODE`, or without an account. */
export type Strategy = typeof SERVER_MODE | 'anonymous'

/** Written into the script by the server, see page.ts. */
declare const SERVER_MODE: 'rotating' | 'sliding' | 'renew' | 'soft' | 'pair'

const settings = new URLSearchParams(location.search)

/** Without an account by the address: `/?mode=anonymous`. */
export const strategy: Strategy = settings.get('mode') === 'anonymous' ? 'anonymous' : SERVER_MODE

/** Whether all of the page goes together with it: in the other strategies no refresh token travels in either way. */
const isAsUsual = strategy === 'rotating' || strategy === 'soft'

/** Chosen in the address, `/?mode=body`, where there is a choice. */
export const mode: Mode = isAsUsual && settings.get('mode') !== 'body' ? 'cookie' : 'body'

/** The modes that there are to choose from. */
export const modes: readonly Mode[] = isAsUsual ? ['cookie', 'body'] : ['body']

/** Whether the page does without latchkey, to show what that prevents: `/?with=naive`. */
export const isNaive: boolean = strategy === 'rotating' && settings.get('with') === 'naive'

/** What the calls of the page ask for: visitors have no account to be told of. */
export const calledPath = strategy === 'anonymous' ? 'visit' : 'me'

/** Tabs of one name share a session, and a timeline. */
export const sessionName = `demo-${isAsUsual ? mode : strategy}${isNaive ? '-naive' : ''}`

/** The address of a page in this or another mode. */
export function addressOf({
  path = '/',
  mode: wanted = mode,
  naive = isNaive,
}: {
  readonly path?: string
  readonly mode?: Mode
  readonly naive?: boolean
}): string {
  const query = new URLSearchParams({
    ...(wanted === 'body' && isAsUsual && { mode: 'body' }),
    ...(strategy === 'anonymous' && { mode: 'anonymous' }),
    ...(naive && { with: 'naive' }),
  }).toString()
  return query === '' ? path : `${path}?${query}`
}
