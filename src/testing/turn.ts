// One channel for all virtual browsers, because a port that waits for messages is never collected.
let channel: MessageChannel | undefined
const waiting: (() => void)[] = []

/**
 * Runs `task` in a later turn of the event loop, when no microtask is left. Tasks run in the order in which they were
 * passed. This is a real turn, which fake timers do not affect.
 */
export function onLaterTurn(task: () => void): void {
  channel ??= open()
  waiting.push(task)
  // In Node.js a port keeps its process alive. It should do so only while a task waits.
  hold(channel.port1, 'ref')
  channel.port2.postMessage(null)
}

/** Resolves in a later turn, after all tasks that were passed to {@link onLaterTurn} before, and the microtasks they caused. */
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
