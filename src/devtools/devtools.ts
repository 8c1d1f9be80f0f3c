import { startDiagnosis } from '../core/notify/diagnostics.ts'
import type { LogEntry } from '../core/notify/event-log.ts'
import type { DiagnosticsFeature, DiagnosticsOptions, SessionDiagnostics } from '../diagnostics.ts'
import type { Session } from '../index.ts'
import { misuse, ownOptions } from '../misuse.ts'
import { browserPorts } from '../platform/browser-ports.ts'
import type { Dispose } from '../ports.ts'
import { mountDevtools } from './element/session-devtools.ts'
import { isWord } from './model/entry.ts'
import { openSource, type Source } from './watch/source.ts'
import { watchFetch } from './watch/watch-ports.ts'

/** Options of {@link devtools}. */
export interface DevtoolsOptions extends DiagnosticsOptions {
  /**
   * Tells the paths of requests: of each path the words, with `…` for every other part, such as an id. Without it a request is told
   * by its method alone, because a path may name a user. @default false
   */
  readonly showPaths?: boolean | undefined
  /**
   * Offers mishaps at a click: an expired token, an API that refuses, slow answers, no network, a clock that jumps. They
   * happen to the session itself, in all its tabs. @default true
   */
  readonly mishaps?: boolean | undefined
  /** Puts the button into the corner of the page as soon as the session is created. `false`: place the element yourself. @default true */
  readonly mount?: boolean | undefined
}

/** The developer tools of one session. Create them with {@link devtools}. */
export interface SessionDevtools extends SessionDiagnostics {
  /** The number of this tab on the timeline, as soon as a session is created; without a page never. */
  readonly tab: Promise<number>
  /**
   * Marks this moment on the timeline of this tab, by up to four words in lower case with hyphens: `checkout-begins`. Before a
   * session is created it does nothing. Throws a `TypeError` on any other name, because it may hold something secret.
   */
  mark(name: string): void
  /**
   * The same fetch, whose requests are shown as well: for what the application sends without the session, such as its
   * sign-in. `isRenewal` says by its URL which request asks for a new token. @default none does
   */
  watchFetch(fetch: typeof globalThis.fetch, isRenewal?: (url: string) => boolean): typeof fetch
  /**
   * Shows a session that latchkey has not created, to compare the two. Tabs with the same `name` share a timeline. Without a page
   * it does nothing.
   */
  follow(name: string, session: Pick<Session, 'on'>): Dispose
}

/** What {@link SessionDevtools} hold. */
export interface DevtoolsFeature extends SessionDevtools, DiagnosticsFeature {
  readonly hasMishaps: boolean
  /** Calls `listener` with what there is to show, now or as soon as a session is created, and with `null` when it is gone. */
  watchSource(listener: (source: Source | null) => void): Dispose
}

const EVENTS = ['started', 'refreshed', 'refresh-failed', 'expiring', 'extended', 'ended'] as const

/**
 * Shows what happens to a session, in all its tabs: a button in the corner of the page, and Alt+Shift+L. For development:
 * give it to the option `diagnostics` there, and nothing or `diagnostics()` in production. It does all that
 * `diagnostics()` does. Throws a `TypeError` on misuse.
 *
 * ```ts
 * createSession({ transport, diagnostics: isDevelopment ? devtools() : undefined })
 * ```
 */
export function devtools(options: DevtoolsOptions = {}): SessionDevtools {
  const { onLog, showPaths = false, mishaps: hasMishaps = true, mount = true } = ownOptions(options)
  if (onLog !== undefined && typeof onLog !== 'function') throw misuse('onLog', 'a function', onLog)
  for (const [option, flag] of Object.entries({ showPaths, mishaps: hasMishaps, mount }))
    if (typeof flag !== 'boolean') throw misuse(option, 'a boolean', flag)
  const listeners = new Set<(source: Source | null) => void>()
  let source: Source | null = null
  let unmount: Dispose | undefined

  let setTab: (tab: number) => void
  const tab = new Promise<number>((resolve) => (setTab = resolve))

  function setSource(next: Source | null): void {
    source = next
    for (const listener of [...listeners]) listener(next)
    unmount?.()
    unmount = next && mount ? mountDevtools(feature) : undefined
  }

  function open(deps: Omit<Parameters<typeof openSource>[0], 'showPaths'>): Source {
    const opened = openSource({ ...deps, showPaths })
    setSource(opened)
    void opened.book.numbered.then(setTab)
    return opened
  }

  function close(closed: Source): void {
    closed.close()
    if (source === closed) setSource(null)
  }

  const feature: DevtoolsFeature = {
    feature: 'diagnostics',
    hasMishaps,
    tab,
    mark(name) {
      if (!isWord(name))
        throw misuse('name', 'words in lower case with hyphens, four at most', name)
      const at = source?.book.now() ?? 0
      const detail = { event: name }
      source?.book.note({ kind: 'log', at, until: at, outcome: 'quiet', detail })
    },
    watchSource(listener) {
      listeners.add(listener)
      listener(source)
      return () => listeners.delete(listener)
    },
    start(deps) {
      const opened = open(deps)
      const hear = (entry: LogEntry): void => {
        opened.hear(entry)
        onLog?.(entry)
      }
      const inner = startDiagnosis({ ...deps, ports: opened.ports }, hear)
      return {
        ...inner,
        onEvent(event, payload) {
          inner.onEvent(event, payload)
          opened.describe()
        },
        onAsk() {
          opened.setAsking(true)
          inner.onAsk()
        },
        onRefresh() {
          const end = inner.onRefresh()
          return (result) => {
            opened.setAsking(false)
            end(result)
          }
        },
        follow(session) {
          const following = inner.follow(session)
          opened.follow(session, () => following.collect())
          return {
            collect: following.collect,
            dispose() {
              following.dispose()
              close(opened)
            },
          }
        },
      }
    },
    watchFetch(fetch, isRenewal = () => false) {
      return (input, init) => {
        if (!source) return fetch(input, init)
        const { book } = source
        const mishaps = { answerFor: () => null, delay: () => Promise.resolve() }
        const watch = { book, mishaps, carriesToken: () => false, isRenewal, showPaths }
        return watchFetch(fetch, watch)(input, init)
      }
    },
    follow(name, session) {
      const ports = browserPorts()
      if (!ports) return () => undefined
      const nowhere = (): null => null
      const opened = open({ name, ports, resolveTarget: nowhere, transport: {} })
      const stops = EVENTS.map((event) =>
        session.on(event, (payload) =>
          opened.hear({ ...(payload as object), event, at: ports.clock.now() }),
        ),
      )
      return () => {
        for (const stop of stops) stop()
        close(opened)
      }
    },
  }
  return feature
}
