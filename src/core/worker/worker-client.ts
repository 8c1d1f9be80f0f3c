import type { Dispose, Page, WorkerLink } from '../../ports.ts'
import type { SessionEvents, WorkerLoss } from '../../session-state.ts'
import type { TokenStorage } from '../../tokens.ts'
import type { Transport } from '../../transport.ts'
import type { EventQueue } from '../notify/event-queue.ts'
import type { AskWorker } from '../refresh/refresher.ts'
import type { Tab } from '../session/tab.ts'
import type { Time } from '../time/time.ts'
import { posted, readReply, type Introduction, type Reply, type Request } from './messages.ts'

/** A worker that is silent for so long has gone. It speaks every half second while it works. */
const SILENCE_MS = 2_000

/** The worker of one session, as a tab sees it. */
export interface WorkerClient {
  readonly ask: AskWorker
  dispose(): void
}

/** What a tab asks a worker with. */
export interface WorkerClientDeps {
  readonly name: string
  readonly page: Page
  readonly time: Time
  readonly tab: Pick<Tab, 'record'>
  readonly transport: Pick<Transport, 'id'>
  readonly storage: Pick<TokenStorage, 'kind'>
  readonly events: Pick<EventQueue<SessionEvents>, 'emit'>
}

/**
 * Asks a worker to refresh before this tab takes its own turn. The tab takes its turn in any case, when the worker has done
 * or cannot do it, and finds out by the record and the lock whether anything is left to do: which of the two sends is never
 * decided by a message (W1).
 */
export function createWorkerClient(deps: WorkerClientDeps, link: WorkerLink): WorkerClient {
  const { name, page, time, tab, transport, storage, events } = deps
  const introduction: Introduction = {
    name,
    transport: page.resolve(transport.id),
    storage: storage.kind,
    base: page.base,
  }
  /** Why the worker is not asked any more. After `no-answer` it may be there again. */
  let loss: WorkerLoss | undefined
  let wasTold = false
  let stopGreeting: Dispose | undefined

  function lose(because: WorkerLoss): void {
    loss = because
    if (!wasTold) events.emit('degraded', { missing: 'worker', to: 'tab', because })
    wasTold = true
  }

  /** Finds out whether the worker is there, without waiting for it. */
  function greet(): void {
    stopGreeting?.()
    stopGreeting = post({ ...introduction, type: 'hello' }, (reply) => {
      if (reply?.type === 'alive') loss = undefined
      else lose(reply?.type === 'refused' ? reply.because : 'no-answer')
    })
  }

  function post(request: Request, onReply: (reply: Reply | null) => void): Dispose {
    return link.ask(posted(request), (received) =>
      onReply(received === null ? null : readReply(received)),
    )
  }

  /** Resolves to the worker's last word; to `null` if it is silent, or if `signal` has aborted. */
  function converse(
    session: string,
    used: number,
    signal: AbortSignal,
  ): Promise<Exclude<Reply, { readonly type: 'alive' }> | null> {
    return new Promise((resolve) => {
      const stop = post({ ...introduction, type: 'refresh', session, used }, (reply) => {
        if (reply?.type === 'alive') return wait()
        end()
        resolve(reply)
      })
      const giveUp = (): void => {
        end()
        resolve(null)
      }
      let cancel: Dispose | undefined
      function wait(): void {
        cancel?.()
        cancel = time.schedule(giveUp, SILENCE_MS)
      }
      function end(): void {
        cancel?.()
        stop()
        signal.removeEventListener('abort', giveUp)
      }
      signal.addEventListener('abort', giveUp)
      wait()
    })
  }

  greet()
  return {
    async ask(session, used, signal) {
      // Of a session that is yet to be confirmed there is nothing to lose, and its page wants to know the answer itself.
      if (tab.record?.status !== 'logged-in' || (loss && loss !== 'no-answer')) return
      // Not waited for again until it has been heard.
      if (loss) {
        link.reconnect()
        return greet()
      }
      let reply = await converse(session, used, signal)
      if (!reply && !signal.aborted) {
        // The process of a worker may crash without a word to the tabs, and only a new connection starts another.
        link.reconnect()
        reply = await converse(session, used, signal)
      }
      if (signal.aborted) return
      if (reply?.type !== 'over') lose(reply?.because ?? 'no-answer')
      else if (reply.failed) events.emit('refresh-failed', reply.failed)
    },
    dispose() {
      stopGreeting?.()
      link.close()
    },
  }
}
