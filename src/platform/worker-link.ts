import type { WorkerLink } from '../ports.ts'

/** A worker, or nothing where there is none. */
export type Connected = SharedWorker | ServiceWorker | null | undefined

/**
 * The way to the worker that `connect` gives: at once, and again with each new connection. Each message has a channel of its
 * own for the answers, so that no listener of the application hears them.
 */
export function openWorkerLink(connect: () => Connected | Promise<Connected>): WorkerLink {
  let connection = open()

  function open() {
    const lost = new AbortController()
    const reach = async (): Promise<SharedWorker['port'] | ServiceWorker | undefined> => {
      const worker = await connect()
      if (!worker || !('port' in worker)) return worker ?? undefined
      // Its script cannot be loaded.
      worker.addEventListener('error', () => lost.abort())
      return worker.port
    }
    // There is no SharedWorker in this browser, or a policy forbids it.
    return { reached: reach().catch(() => undefined), lost: lost.signal }
  }

  function close(): void {
    void connection.reached.then((target) => {
      if (target && 'close' in target) target.close()
    })
  }

  return {
    ask(message, onReply) {
      const { reached, lost } = connection
      const { port1, port2 } = new MessageChannel()
      const fail = (): void => onReply(null)
      let isOver = false
      port1.onmessage = ({ data }) => onReply(data)
      lost.addEventListener('abort', fail)
      void reached.then((target) => {
        if (isOver) return
        if (!target || lost.aborted) return fail()
        target.postMessage(message, [port2])
      })
      return () => {
        isOver = true
        port1.close()
        lost.removeEventListener('abort', fail)
      }
    },
    reconnect() {
      close()
      connection = open()
    },
    close,
  }
}
