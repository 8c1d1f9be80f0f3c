import { notExtendable } from './core/lifetime/extend.ts'
import { startExpiryWatch } from './core/lifetime/expiry-watch.ts'
import { startPageWatch } from './core/lifetime/page-watch.ts'
import { accessToken, createAccess } from './core/refresh/access.ts'
import { createAdoption } from './core/refresh/adoption.ts'
import { createAttempts } from './core/refresh/attempts.ts'
import { createAuthServer } from './core/refresh/auth-server.ts'
import { createRefresher } from './core/refresh/refresher.ts'
import { createRenewal } from './core/refresh/renewal.ts'
import type { AnswerTokensFeature } from './core/refresh/answer-tokens.ts'
import { announceDegradations } from './core/notify/degradations.ts'
import { createSubscribe } from './core/notify/subscribe.ts'
import { createAnnouncements } from './core/notify/announcements.ts'
import { createEventQueue } from './core/notify/event-queue.ts'
import { createDisposal } from './core/session/disposal.ts'
import { hearSiblings } from './core/session/hearing.ts'
import { takeLastEnd } from './core/session/last-end.ts'
import { startOpening } from './core/session/opening.ts'
import { createLogin } from './core/session/login.ts'
import { createLook } from './core/session/look.ts'
import { createRestore } from './core/session/restore.ts'
import { isKnownOver } from './core/lifetime/is-known-over.ts'
import { createScope } from './core/session/scope.ts'
import { keepTime } from './core/session/timekeeping.ts'
import { createSignOutNotice } from './core/session/sign-out-notice.ts'
import { createSignOut } from './core/session/sign-out.ts'
import { createTab } from './core/session/tab.ts'
import { createLedger } from './core/shared/ledger.ts'
import { openSharedRecord } from './core/shared/shared-record.ts'
import { openSiblings } from './core/shared/siblings.ts'
import { createTime } from './core/time/time.ts'
import { createAuthFetch, type AuthFetchDeps } from './fetch/auth-fetch.ts'
import { endpointResolver } from './fetch/endpoint-url.ts'
import { createTargets } from './fetch/targets.ts'
import { ownOptions } from './misuse.ts'
import type { ResolvedOptions } from './options.ts'
import type { Ports } from './ports.ts'
import type { SessionEvents } from './session-state.ts'
import type { Session } from './session.ts'

/** Opens a session on the given ports: those of a browser, or what stands in for them in a test. */
export function openSession(options: ResolvedOptions, given: Ports): Session {
  const { transport, storage, idle, leadMs, maxWaitMs, judgeResponse, shouldReplay } = options
  const answerTokens = transport.answerTokens as AnswerTokensFeature | undefined
  const name = `latchkey:${options.name ?? given.page.resolve(transport.id)}`
  const origins = [given.page.origin, ...options.origins]
  const resolveEndpoint = endpointResolver(given.page)
  const resolveTarget = createTargets(origins, transport.endpoints, given.page, resolveEndpoint)
  const followEvents = options.events?.prepare((url) => resolveTarget(resolveEndpoint(url)))
  const chosen: Ports = { ...given, fetch: options.fetch ?? given.fetch }
  const watching = { name, ports: chosen, origins, resolveTarget, transport }
  const diagnosis = options.diagnostics?.start(watching)
  const ports = diagnosis?.ports ?? chosen
  const { clock, page } = ports
  const disposal = createDisposal()
  const { signal: disposed, guard } = disposal

  // What this tab knows, and what it tells the application.
  const id = ports.randomId()
  const time = createTime(clock)
  const events = createEventQueue<SessionEvents & { change: undefined }>(
    ports.report,
    diagnosis?.onEvent,
  )
  const scope = createScope()
  const announce = createAnnouncements(id, events)
  const tab = createTab({
    id,
    time,
    leadMs,
    chance: ports.random,
    onRecord(change) {
      const { next, previous } = change
      if (previous && next?.session !== previous.session) scope.end(next)
      announce(change)
    },
    onState: () => events.emit('change', undefined),
  })

  // What all tabs share.
  const shared = openSharedRecord(clock, ports.openRecord(name), ports.openMirror(name), (place) =>
    events.emit('degraded', { missing: 'record', to: place }),
  )
  const siblings = openSiblings(tab, (onMessage) => ports.openChannel(name, onMessage))
  const ledger = createLedger({ tab, shared, siblings, events })

  // How tokens are renewed.
  const limited = idle?.limited ?? (<Same>(record: Same): Same => record)
  const onAsk = diagnosis?.onAsk
  const attempts = createAttempts(transport)
  const authServer = createAuthServer({
    ...{ ports, time, transport, resolveEndpoint, tab, attempts, onAsk },
  })
  const adoption = createAdoption({ time, storage, tab, ledger, siblings })
  const workerClient = options.worker?.start({ name, page, time, tab, transport, storage, events })
  const refresh = createRefresher({
    name,
    ports,
    time,
    transport,
    storage,
    tab,
    shared,
    ledger,
    siblings,
    adoption,
    attempts,
    authServer,
    limited,
    events,
    disposed,
    askWorker: workerClient?.ask,
    onRefresh: diagnosis?.onRefresh,
  })
  const renewal = createRenewal({ time, page, transport, tab, refresh, maxWaitMs })

  // How a session begins and ends.
  const notice = createSignOutNotice({ name, ports, time, storage, tab, ledger, authServer })
  const signOut = createSignOut({ ports, time, tab, ledger, notice })
  const look = createLook({ time, tab, ledger, signOut })
  const login = createLogin({
    ...{ ports, time, transport, storage, tab, ledger, refresh, notice, limited },
  })
  const restore = createRestore({
    ports,
    time,
    transport,
    storage,
    tab,
    ledger,
    adoption,
    refresh,
    signOut,
    notice,
    disposed,
  })
  keepTime({ time, tab, ledger })
  const stopHearing = hearSiblings({ tab, shared, ledger, siblings, adoption, look, transport })
  const opening = startOpening({ time, tab, restore, renewal, disposed, maxWaitMs })
  const { ready, informed } = opening

  // What the application calls.
  const access = createAccess({ time, tab, renewal, look, ready: opening.readyInTime })
  const lot = options.onEnd?.start({ ports, time, tab, ledger, access, shouldReplay, disposal })
  const authFetchFor = (judge: AuthFetchDeps['judge']): Session['authFetch'] =>
    createAuthFetch({
      time,
      fetch: ports.fetch,
      tab,
      scope,
      renewal,
      access,
      transport,
      resolveTarget: diagnosis?.counted(resolveTarget) ?? resolveTarget,
      judge,
      shouldReplay,
      parking: lot,
      isKnownOver: () => isKnownOver(tab.record, shared.peek(), time.sessionNow()),
      refusal: () => (disposal.isOver ? disposal.error() : authServer.refusal()),
      onAnswer: answerTokens?.start({ ports, time, storage, tab, ledger }),
      onStepUp: (stepUp, url) => events.emit('step-up', { ...stepUp, url }),
      end: signOut.end,
    })
  // At once, but for the first moments of a page: a session that has not been found yet cannot be ended.
  const logout: Session['logout'] = async (options) => {
    const { everywhere = false } = ownOptions(options)
    if (!tab.record) await informed
    return (await Promise.all([signOut.logout(everywhere), lot?.decline()]))[0]
  }

  // What goes on by itself, and what is there only if the application has asked for it.
  const { endIfExpired: end } = signOut
  const parts = {
    name,
    ports,
    time,
    tab,
    ledger,
    siblings,
    events,
    renewal,
    transport,
    judgeResponse,
    authFetch: authFetchFor,
    ready: opening.readyInTime,
    look,
    end,
    logout,
    guard,
    disposed,
  }
  const warnings = options.warnings?.createWarnings(parts)
  const activity = idle?.startActivity(parts)
  const expiry = startExpiryWatch({ time, tab, warnings, end })
  const following = diagnosis?.follow({ tab, shared, ready })
  const stops = [
    followEvents?.(parts),
    startPageWatch({
      time,
      page,
      tab,
      shared,
      ledger,
      renewal,
      notice,
      expiry,
      look,
      end,
      mustPoll: siblings.isAlone,
    }),
    following?.dispose,
    expiry.dispose,
    activity?.dispose,
    lot?.dispose,
    renewal.dispose,
    workerClient?.dispose,
    notice.dispose,
    stopHearing,
    siblings.close,
    shared.close,
  ]
  announceDegradations(ports, siblings, storage, events)
  return {
    authFetch: authFetchFor(judgeResponse),
    login: guard(login),
    getAccessToken: guard((wanted) => accessToken(access, wanted)),
    logout,
    extend: warnings?.extend ?? guard(notExtendable),
    reportActivity: () => activity?.report(),
    get state() {
      return tab.state
    },
    subscribe: createSubscribe(tab, events),
    on: events.on,
    onSessionExpiring: (listener) => events.on('expiring', listener),
    onSessionEnded: (listener) => events.on('ended', listener),
    ready,
    takeLastEnd: () => takeLastEnd(ledger, id, informed),
    diagnostics: async () => (await following?.collect()) ?? null,
    dispose() {
      events.close()
      disposal.dispose()
      for (const stop of stops) stop?.()
    },
  }
}
