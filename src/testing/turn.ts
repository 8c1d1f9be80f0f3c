// One channel for all virtual browsers: a port that waits for messages is never collected.
let channel: MessageChannel | undefined
const waiting: (() => void)[] = []

/**
 * Runs `task` on a later turn of the event loop, when no microtask is left; tasks in the order in which they were
 * given. Real, unlike everything else here, and out of reach of fake timers.
 */
export function onLaterTurn(task: () => void): void {
  channel ??= open()
  waiting.push(task)
  // Where a port holds its process, it is to do so only while somebody waits.
  hold(channel.port1, 'ref')
  channel.port2.postMessage(null)
}

/** Resolves on a later turn, after all that was given to {@link onLaterTurn} before and what that set going. */
export function laterTurn(): Promise<void> {
  return new Promise(onLaterTurn)
}

function open(): MessageChannel {
  const opened = new MessageChannel()
  opened.port1.onmessage = () => {
    const task = waiting.shift()
    if (waiting.length === 0) hold(opened.port1, 'unref')
    task?.()
  }
  return opened
}

function hold(port: MessagePort & { ref?(): void; unref?(): void }, how: 'ref' | 'unref'): void {
  port[how]?.()
}
