import { accessToken, createAccess } from './core/refresh/access.ts'
import { startActivity } from './core/lifetime/activity.ts'
import { createAdoption } from './core/refresh/adoption.ts'
import { createCourier, reentrant } from './core/refresh/auth-server.ts'
import { diagnose } from './core/session/diagnostics.ts'
import { createEventLog, type LoggedEvents } from './core/session/event-log.ts'
import { createEventQueue } from './core/session/event-queue.ts'
import { createExchange } from './core/refresh/exchange.ts'
import { startExpiryWatch } from './core/lifetime/expiry-watch.ts'
import { createExtension } from './core/lifetime/extension.ts'
import { createLook } from './core/session/look.ts'
import { isAhead } from './core/record/record.ts'
import { createRefresh } from './core/refresh/refresher.ts'
import { createReplacement } from './core/refresh/replacement.ts'
import { createRenewal } from './core/refresh/renewal.ts'
import { createSessionClock } from './core/time/session-clock.ts'
import { openSharedRecord } from './core/shared/shared-record.ts'
import { joinSiblings } from './core/shared/siblings.ts'
import { createSignIn } from './core/session/sign-in.ts'
import { createSignOut } from './core/session/sign-out.ts'
import { singleFlight } from './core/time/single-flight.ts'
import { within } from './core/time/sleep.ts'
import { recordedEnd } from './core/record/snapshot.ts'
import { createTab } from './core/session/tab.ts'
import { startWatch } from './core/lifetime/page-watch.ts'
import { SessionError } from './errors.ts'
import { createAuthFetch } from './fetch/auth-fetch.ts'
import { createTargets } from './fetch/targets.ts'
import type { ResolvedOptions } from './options.ts'
import type { Dispose, Ports } from './ports.ts'
import type { Session } from './session.ts'
import type { SessionEvents, StepUp } from './session-state.ts'

/** Opens a session on the given ports: on everything the browser is to it, or on whatever stands for a browser. */
export function openSession(options: ResolvedOptions, given: Ports): Session {
  const { transport, storage, idle, leadMs, maxWaitMs, warnMs } = options
  const ports: Ports = { ...given, fetch: options.fetch ?? given.fetch }
  const { clock, page } = ports
  const name = `latchkey:${options.name ?? page.resolve(transport.id)}`
  const resolveTarget = createTargets([page.origin, ...options.origins], transport.endpoints, page)
  const followEvents = options.events?.prepare(resolveTarget)
  const disposal = new AbortController()
  const disposed = disposal.signal
  // What `disposed` says as well, but each request asks, and browsers take their time to answer.
  let isDisposed = false

  const log = createEventLog(clock, options.onLog)
  const events = createEventQueue<SessionEvents & LoggedEvents & { change: undefined }>(
    ports.report,
    (event, payload) => {
      if (payload && event !== 'server-event') log.add(event, payload)
    },
  )
  const sessionClock = createSessionClock(clock)
  const tab = createTab({
    id: ports.randomId(),
    clock,
    sessionClock,
    events,
    leadMs,
    chance: ports.random,
  })
  const shared = openSharedRecord(clock, ports.openRecord(name), ports.openMirror(name), (place) =>
    events.emit('degraded', { missing: 'record', to: place }),
  )
  const look = createLook({ clock, tab, shared, end: (...how) => signOut.end(...how) })
  const siblings = joinSiblings({
    tab,
    open: (onMessage) => ports.openChannel(name, onMessage),
    onHint: () => void hear(),
    onOver: (record) => {
      if (isAhead(record, tab.record)) tab.observe(record, 'other-tab')
    },
    onHandoff: (...handoff) => void adoption.receive(...handoff),
  })

  async function hear(): Promise<void> {
    await look()
    // Where each answer may bring a token, the newest is worth having before the old one ages.
    if (transport.inspect && tab.record) await adoption.adopt(tab.record, [])
  }

  const courier = createCourier(clock, sessionClock, transport, ports.fetch, tab)
  const adoption = createAdoption({ clock, storage, tab, shared, siblings })
  const both = {
    name,
    ports,
    transport,
    storage,
    tab,
    shared,
    siblings,
    adoption,
    courier,
    sessionClock,
    events,
    idle,
    disposed,
  }
  const refresh = createRefresh({ ...both, exchange: createExchange(both) })
  const signOut = createSignOut(both)
  const signIn = createSignIn({ ...both, refresh, signOut })
  const renewal = createRenewal({
    ...both,
    clock,
    page,
    refresh,
    maxWaitMs,
    warnMs,
    slides: transport.slides === true,
  })

  const restored = signIn.restore().then(() => {
    tab.settle()
    const { status: found, end } = tab.state
    events.emit('ready', { ...end, found })
    if (!disposed.aborted) renewal.start()
  })
  const ready = restored.then(() => tab.state)
  /** This tab knows what the others know, though perhaps not yet what the server does. */
  const informed = new Promise<void>((resolve) => {
    const unwatch = tab.watch(() => {
      unwatch()
      resolve()
    })
  })
  const enough = (): Promise<unknown> => within(clock, maxWaitMs, restored, undefined)
  const access = createAccess({
    clock,
    tab,
    renewal,
    // Requests made at once can share a look; news cannot, it may be of what a look under way has missed.
    look: singleFlight(look),
    ready: enough,
  })
  const sending = {
    ...both,
    ...options,
    clock,
    fetch: ports.fetch,
    renewal,
    access,
    resolveTarget,
    refusal: () => (isDisposed ? gone() : courier.isCalling() ? reentrant() : undefined),
    onReplacement: createReplacement(both),
    onStepUp: (stepUp: StepUp, url: string) => events.emit('step-up', { ...stepUp, url }),
    end: signOut.end,
  }
  const authFetch = createAuthFetch(sending)

  // At once, but for the first moments of a page: nothing can be ended that has not been found yet.
  const logout: Session['logout'] = ({ everywhere = false } = {}) =>
    tab.record ? signOut.logout(everywhere) : informed.then(() => signOut.logout(everywhere))
  const extend = whileAlive(createExtension({ ...both, renewal, ready: enough, look }))
  const activity = idle && startActivity({ ...both, clock, idle, warnMs, end: () => signOut.end() })
  const expiry = startExpiryWatch({ ...both, clock, page, signOut, warnMs, extend, logout })
  const stopWatch = startWatch({
    ...both,
    clock,
    page,
    renewal,
    look,
    signOut,
    activity,
    expiry,
    mustPoll: siblings.isAlone,
  })
  const unfollow = followEvents?.({
    ...both,
    look,
    renewal,
    judge: options.judge,
    authFetch: (judge) => createAuthFetch({ ...sending, judge }),
  })
  if (!ports.locks) events.emit('degraded', { missing: 'locks', to: 'lease' })
  if (siblings.isAlone) events.emit('degraded', { missing: 'channel', to: 'polling' })
  if (storage.kind === 'record' && !ports.canSeal)
    events.emit('degraded', { missing: 'crypto', to: 'plain-text' })

  function whileAlive<Args extends unknown[], T>(
    work: (...args: Args) => Promise<T>,
  ): (...args: Args) => Promise<T> {
    return (...args) => (isDisposed ? Promise.reject(gone()) : work(...args))
  }

  function subscribe(listener: () => void): Dispose {
    let told = tab.state
    return events.on('change', () => {
      // Changes that come together are one by the time they are told.
      if (tab.state === told) return
      told = tab.state
      listener()
    })
  }

  return {
    authFetch,
    login: whileAlive((answer) => signIn.login(answer)),
    getAccessToken: whileAlive((wanted) => accessToken(access, wanted)),
    logout,
    extend,
    reportActivity: () => activity?.report(),
    get state() {
      return tab.state
    },
    subscribe,
    on: events.on,
    onSessionExpiring(listener) {
      return events.on('expiring', listener)
    },
    onSessionEnded: (listener) => events.on('ended', listener),
    ready,
    async takeLastEnd() {
      // A page may be the one to find out that the session is over.
      await informed
      const found = await shared.look()
      if (!found?.end) return null
      const { outcome, record } = await shared.commit((current) =>
        current?.end && current.session === found.session
          ? { ...current, end: undefined }
          : undefined,
      )
      tab.observe(record, 'other-tab')
      return outcome === 'written' ? recordedEnd(found, tab.id) : null
    },
    diagnostics: () => diagnose({ ...both, log }),
    dispose() {
      isDisposed = true
      events.close()
      disposal.abort()
      unfollow?.()
      stopWatch()
      expiry.dispose()
      activity?.dispose()
      renewal.dispose()
      siblings.close()
      shared.close()
    },
  }
}

function gone(): SessionError {
  return new SessionError('disposed', 'The session was disposed of')
}
