/** How the refresh token travels: in an HttpOnly cookie, or in the body of requests and answers. */
export type Mode = 'cookie' | 'body'

/** How the session is kept: by the server's `MODE`, or without an account. */
export type Strategy = typeof SERVER_MODE | 'anonymous'

/** The server writes it into the script, see page.ts. */
declare const SERVER_MODE: 'rotating' | 'sliding' | 'renew' | 'soft' | 'pair'

const settings = new URLSearchParams(location.search)

/** Without an account if the address says so: `/?mode=anonymous`. */
export const strategy: Strategy = settings.get('mode') === 'anonymous' ? 'anonymous' : SERVER_MODE

/** Whether this strategy works in both modes, cookie and body. */
const isAsUsual = strategy === 'rotating' || strategy === 'soft'

/** Chosen in the address, `/?mode=body`, where there is a choice. */
export const mode: Mode = isAsUsual && settings.get('mode') !== 'body' ? 'cookie' : 'body'

/** The modes to choose from. */
export const modes: readonly Mode[] = isAsUsual ? ['cookie', 'body'] : ['body']

/** Whether the page runs without latchkey, to show what goes wrong then: `/?with=naive`. */
export const isNaive: boolean = strategy === 'rotating' && settings.get('with') === 'naive'

/** The endpoint that the page calls. Visitors have no account to ask about. */
export const calledPath = strategy === 'anonymous' ? 'visit' : 'me'

/** Tabs with the same name share a session and a timeline. */
export const sessionName = `demo-${isAsUsual ? mode : strategy}${isNaive ? '-naive' : ''}`

/** The address of the page in this or another mode. */
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
