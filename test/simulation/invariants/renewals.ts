import { isBeyondHelp, isFragile, type World } from '../world.ts'
import { has, type Invariant } from './invariant.ts'

// How tokens are renewed.

/** I2, E2 */
export const everyTabThatRenewsAGenerationSendsTheSameKey: Invariant = ({
  sent,
  troubles,
  kind,
}) => {
  // Where nothing can be kept, each tab is alone, and draws its own.
  if (has(troubles, 'record', 'wiped', 'strange record')) return undefined
  const keys = new Map<string, string | null>()
  for (const { request, spent: token } of sent) {
    if (!kind.isNamed || token === null) continue
    const key = request.headers.get('idempotency-key')
    if (keys.has(token) && keys.get(token) !== key) return `two keys for one renewal of ${token}`
    keys.set(token, key)
  }
  return undefined
}

/** I2 */
export const onACalmDayATokenIsRenewedOnceForAllTabs: Invariant = ({ sent, troubles, kind }) => {
  if (!isCalm(troubles) || !kind.alwaysRenews) return undefined
  const spent = sent.map((sending) => sending.spent).filter((token) => token !== null)
  const twice = spent.find((token, index) => spent.indexOf(token) !== index)
  return twice && `${twice} was renewed twice`
}

/** The next page finds in the record that the server knows of nobody. */
export const onACalmDayABrowserWithoutAUserIsAskedAboutOnce: Invariant = ({
  sent,
  troubles,
  kind,
}) => {
  if (!isCalm(troubles) || !kind.isNamed) return undefined
  const keys = sent
    .filter(({ isRefresh, request }) => isRefresh && request.body['sid'] === undefined)
    .map(({ request }) => request.headers.get('idempotency-key'))
  const isTwice = keys.some((key, index) => keys.indexOf(key) !== index)
  return isTwice ? 'the server was asked twice' : undefined
}

/** I3 */
export const theServerNeverReportsReuse: Invariant = (world) => {
  const { browser, troubles } = world
  // Whoever removes the record removes the key with which a lost answer could have been had again. Where neither database
  // nor mirror works there is none: each tab is alone (G2).
  if (has(troubles, 'wiped', 'strange record') || isBeyondHelp(world) || isFragile(world))
    return undefined
  const reuse = browser.server.refreshes.find(({ outcome }) => outcome === 'reused')
  return reuse && `a spent token of ${String(reuse.sid)} was shown with another key`
}

/** I7 */
export const whoIsLoggedInAndVisibleWillWake: Invariant = ({ open, troubles }) => {
  // The tokens of a newer release are not for this one to renew (E3).
  if (troubles.has('strange record')) return undefined
  const asleep = open.find(
    ({ tab, isDisposed }) =>
      tab.isRunning &&
      tab.isVisible &&
      !isDisposed &&
      tab.session.state.status === 'logged-in' &&
      tab.session.state.accessExpiresAt !== null &&
      tab.timers === 0,
  )
  return asleep && `${asleep.name} is logged in, and nothing will wake it`
}

/** K1 */
export const whatMustOutliveItsPageIsSentWithKeepalive: Invariant = ({ sent, kind }) => {
  // An answer that only its own page could keep has to be lost together with its request (O1).
  const isForItsPage = kind.isSecret && !kind.isRepeatable
  const lasting = new Set<string>()
  for (const { request, isRefresh } of sent) {
    const { keepalive, path, headers, body } = request
    if (isRefresh && isForItsPage && keepalive) return `${path} was sent with keepalive`
    if (!(isRefresh && !isForItsPage) && path !== '/auth/logout') continue
    const name = `${path} ${headers.get('idempotency-key') ?? ''} ${String(body['sid'])}`
    if (keepalive) lasting.add(name)
    // Once more, as the first time the browser or the network has refused it.
    else if (!lasting.has(name)) return `${path} was sent without keepalive`
  }
  return undefined
}

/** The table of outcomes: 429 and 503 with Retry-After */
export const theServerIsNotAskedBeforeTheMomentItHasNamed: Invariant = ({ troubles }, { sent }) => {
  // Who does not get to note the answer, or counts time otherwise, cannot keep to it.
  if (
    has(
      troubles,
      'record',
      'mirror',
      'pages',
      'clock',
      'locks',
      'set back',
      'wiped',
      'strange record',
    )
  )
    return undefined
  const early = sent.find((sending) => sending.isRefresh && sending.at < sending.pausedUntil)
  return early && `a refresh went out ${(early.pausedUntil - early.at) / 1000} s too early`
}

function isCalm(troubles: World['troubles']): boolean {
  return [...troubles].every((trouble) => trouble === 'set back')
}
