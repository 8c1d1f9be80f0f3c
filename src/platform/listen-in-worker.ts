/** Answers a message; `undefined` if it is none of its own. */
type Answer = (message: unknown, reply: (message: unknown) => void) => Promise<void> | undefined

interface WorkerMessage extends MessageEvent {
  /** Of a service worker: keeps it alive until `work` has settled. */
  waitUntil?(work: Promise<unknown>): void
}

/**
 * Listens to the messages of pages, and answers each through the port that came with it. Returns whether this is a SharedWorker
 * or a service worker.
 */
export function listenInWorker(answer: Answer): boolean {
  function hear(event: WorkerMessage): void {
    const [port] = event.ports
    const work = port && answer(event.data, (reply) => port.postMessage(reply))
    if (work) event.waitUntil?.(work)
  }
  if ('onconnect' in globalThis) {
    addEventListener('connect', (event) => {
      const [page] = (event as MessageEvent).ports
      if (page) page.onmessage = hear
    })
    return true
  }
  if (!('registration' in globalThis)) return false
  addEventListener('message', hear)
  return true
}
