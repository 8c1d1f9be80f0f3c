import { misuse } from '../misuse.ts'
import { createWorkerClient } from '../core/worker/worker-client.ts'
import type { Clock, Ports, WorkerLink } from '../ports.ts'
import type { RefreshWorker, RefreshWorkerFeature } from '../refresh-worker.ts'
import { createAnswers, type AnswerRequest } from '../worker/answer-requests.ts'
import type { RefreshServiceOptions } from '../worker/refresh-service.ts'
import { arrivingIn } from './arriving-in.ts'
import type { FaultOf, Faults } from './faults.ts'
import { createLife, type Life } from './life.ts'
import { ORIGIN } from './virtual-page.ts'
import type { VirtualClock } from './virtual-clock.ts'
import type { TabHost } from './virtual-tab.ts'

/** A worker that makes the refreshes of its tabs. */
export interface VirtualWorker {
  /** For the option `worker` of the sessions of its tabs. */
  readonly worker: RefreshWorker
  /** What the browser fails at in this worker alone. */
  readonly faults: Partial<Faults>
  /** `silent`: messages to it are lost. `missing`: it cannot be started. `other-release`: it speaks another version. */
  state: 'ok' | 'silent' | 'missing' | 'other-release'
  readonly isGone: boolean
  /** How often it was started. */
  readonly starts: number
  /** The errors that it has reported. */
  readonly reported: readonly unknown[]
  /**
   * Ends it at once, as a crash of its process does: its locks are released, its requests end, and no tab is told. A tab that
   * connects anew starts it again.
   */
  kill(): void
}

/** Opens a worker in a virtual browser. */
export function openVirtualWorker(
  clock: VirtualClock,
  host: TabHost,
  options: RefreshServiceOptions,
): VirtualWorker {
  // A caller in JavaScript may pass anything.
  if (
    typeof (options.transport as Partial<typeof options.transport> | undefined)?.refresh !==
    'function'
  )
    throw misuse('transport', "a transport, such as cookieTransport('/auth')", options.transport)
  const own: Partial<Faults> = {}
  const reported: unknown[] = []
  const fault: FaultOf = (of) => own[of] ?? host.faults[of]
  let current: { readonly life: Life; readonly answer: AnswerRequest } | undefined
  let starts = 0

  function start(): void {
    const life = createLife()
    starts++
    current = { life, answer: createAnswers(options, portsOf(life)) }
  }

  function portsOf(life: Life): Ports {
    const around = host.ports(life, fault, new Set())
    return {
      ...around,
      fetch: arrivingIn(life, around.fetch),
      clock: { now: host.clock.now, uptime: host.clock.uptime, schedule: scheduleIn(life) },
      openMirror: () => ({ read: () => null, write: () => false, watch: () => () => undefined }),
      page: {
        isVisible: () => false,
        watch: () => () => undefined,
        origin: ORIGIN,
        base: '',
        resolve: (url) => new URL(url, ORIGIN).href,
        cookie: () => undefined,
      },
      measure: () => undefined,
      report: (error) => reported.push(error),
    }
  }

  function scheduleIn(life: Life): Clock['schedule'] {
    return (callback, delayMs) => {
      const stop = host.clock.schedule(() => {
        cancel()
        life.run(callback)
      }, delayMs)
      const cancel = life.hold(stop)
      return cancel
    }
  }

  /** The way from one tab. A tab that stands still hears when it goes on, as its clock does. */
  function linkFrom(tab: Clock): WorkerLink {
    const connected = new Set<() => void>()
    let to = connect()

    function connect(): typeof current {
      if (virtual.state !== 'missing' && (!current || current.life.isGone)) start()
      return virtual.state === 'missing' ? undefined : current
    }

    return {
      ask(message, onReply) {
        let isOver = false
        const hear = (reply: unknown): void =>
          void tab.schedule(() => {
            if (!isOver) onReply(reply)
          }, 0)
        const worker = to
        const copy: unknown = structuredClone(message)
        if (!worker) hear(null)
        else if (virtual.state === 'other-release') hear({ latchkey: 0 })
        else if (virtual.state !== 'silent')
          clock.soon(() =>
            worker.life.run(() => {
              void worker.answer(copy, (reply) => {
                if (!worker.life.isGone) hear(structuredClone(reply))
              })
            }),
          )
        const stop = (): void => void (isOver = true)
        connected.add(stop)
        return stop
      },
      reconnect() {
        to = connect()
      },
      close() {
        for (const stop of connected) stop()
      },
    }
  }

  const feature: RefreshWorkerFeature = {
    feature: 'worker',
    start: (deps) => createWorkerClient(deps, linkFrom(deps.time)),
  }
  const virtual: VirtualWorker = {
    worker: feature,
    faults: own,
    state: 'ok',
    get isGone() {
      return !current || current.life.isGone
    },
    get starts() {
      return starts
    },
    reported,
    kill: () => current?.life.end(),
  }
  return virtual
}
