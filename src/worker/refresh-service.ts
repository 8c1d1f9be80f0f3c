import { createAdoption } from '../core/refresh/adoption.ts'
import { createAttempts } from '../core/refresh/attempts.ts'
import { createAuthServer } from '../core/refresh/auth-server.ts'
import { createRefresher, type Refresh } from '../core/refresh/refresher.ts'
import { inSession } from '../core/record/record.ts'
import { hurried } from '../core/record/transitions.ts'
import { hearSiblings } from '../core/session/hearing.ts'
import { createTab } from '../core/session/tab.ts'
import { createLedger } from '../core/shared/ledger.ts'
import { openSharedRecord } from '../core/shared/shared-record.ts'
import { openSiblings } from '../core/shared/siblings.ts'
import { createTime } from '../core/time/time.ts'
import type { Introduction, Reply } from '../core/worker/messages.ts'
import { endpointResolver } from '../fetch/endpoint-url.ts'
import type { Ports } from '../ports.ts'
import type { SessionEvents } from '../session-state.ts'
import type { TokenStorage } from '../tokens.ts'
import type { Transport } from '../transport.ts'
import { watchUnsent } from './watch-unsent.ts'

/** What a worker refreshes with. */
export interface RefreshServiceOptions {
  readonly transport: Transport
  readonly storage: TokenStorage
}

/** One session, as a worker renews it for its tabs. */
export interface RefreshService {
  /** The base of relative URLs is now this. */
  setBase(base: string): void
  /** Renews the tokens of `session` if they are still of generation `used`. Resolves to the worker's last word; never rejects. */
  refresh(session: string, used: number): Promise<Reply>
}

/**
 * Opens a session in a worker. To the other tabs it is one more tab, which is never hidden, frozen or cached; but it does
 * nothing unless it is asked, shows nothing, and ends nothing by itself (W1).
 */
export function openRefreshService(
  { name, base: firstBase }: Pick<Introduction, 'name' | 'base'>,
  options: RefreshServiceOptions,
  ports: Ports,
): RefreshService {
  const { storage } = options
  const { clock, page } = ports
  const { transport, whyUnsent } = watchUnsent(options.transport)
  let base = firstBase
  let failed: SessionEvents['refresh-failed'] | undefined
  const events = {
    emit<E extends keyof SessionEvents>(event: E, payload: SessionEvents[E]) {
      if (event === 'refresh-failed') failed = payload as SessionEvents['refresh-failed']
    },
    after: () => undefined,
  }

  const time = createTime(clock)
  const tab = createTab({
    id: ports.randomId(),
    time,
    leadMs: 0,
    chance: ports.random,
    onRecord: () => undefined,
    onState: () => undefined,
  })
  const shared = openSharedRecord(
    clock,
    ports.openRecord(name),
    ports.openMirror(name),
    () => undefined,
  )
  const siblings = openSiblings(tab, (onMessage) => ports.openChannel(name, onMessage))
  const ledger = createLedger({ tab, shared, siblings, events })
  const look = (): Promise<void> => ledger.look(() => Promise.resolve())

  const attempts = createAttempts(transport)
  const resolveEndpoint = (url: string): string =>
    endpointResolver({ origin: page.origin, base })(url)
  const authServer = createAuthServer({ ports, time, transport, resolveEndpoint, tab, attempts })
  const adoption = createAdoption({ time, storage, tab, ledger, siblings })
  const refresh: Refresh = createRefresher({
    ...{ name, ports, time, transport, storage, tab, shared, ledger, siblings },
    ...{ adoption, attempts, authServer, events },
    // What the record says of an idle limit stays: the pages have set it.
    limited: (record) => record,
    disposed: new AbortController().signal,
    onRefresh: undefined,
  })
  hearSiblings({ tab, shared, ledger, siblings, adoption, look, transport })

  return {
    setBase(next) {
      base = next
    },
    async refresh(session, used) {
      if (whyUnsent()) return { type: 'refused', because: 'needs-page' }
      await look()
      // Nothing but IndexedDB is shared with a worker: without it, the tabs do better.
      if (shared.place !== 'indexed-db') return { type: 'over' }
      failed = undefined
      await refresh(session, used)
      const why = whyUnsent()
      if (!why) return { type: 'over', failed }
      ports.report(why)
      // The tab need not wait: nothing has been asked of the server.
      await ledger.write(inSession(session, hurried))
      return { type: 'refused', because: 'needs-page' }
    },
  }
}
