/** How the refresh token travels: in an HttpOnly cookie, or in the body of requests and answers. */
export type Mode = 'cookie' | 'body'

const settings = new URLSearchParams(location.search)

/** Chosen in the address: `/?mode=body`. */
export const mode: Mode = settings.get('mode') === 'body' ? 'body' : 'cookie'

/** Whether the page does without latchkey, to show what that prevents: `/?with=naive`. */
export const isNaive: boolean = settings.get('with') === 'naive'

/** Tabs of one name share a session, and a timeline. */
export const sessionName = `demo-${mode}${isNaive ? '-naive' : ''}`

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
    ...(wanted === 'body' && { mode: 'body' }),
    ...(naive && { with: 'naive' }),
  }).toString()
  return query === '' ? path : `${path}?${query}`
}
