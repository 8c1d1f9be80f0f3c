import type { Channel } from '../ports.ts'

/** Opens a BroadcastChannel; `null` where there is none. It is closed while the page is away, so as not to keep it out of the back/forward cache. */
export function openBroadcastChannel(
  name: string,
  onMessage: (message: unknown) => void,
): Channel | null {
  if (typeof BroadcastChannel !== 'function') return null
  let channel = open()

  function open(): BroadcastChannel {
    const opened = new BroadcastChannel(name)
    opened.onmessage = (event) => onMessage(event.data)
    return opened
  }
  const leave = (): void => channel.close()
  const comeBack = (event: PageTransitionEvent): void => {
    if (event.persisted) channel = open()
  }
  addEventListener('pagehide', leave)
  addEventListener('pageshow', comeBack)

  return {
    post(message) {
      try {
        channel.postMessage(message)
      } catch {
        // Closed: the page is on its way out, and the others will look for themselves.
      }
    },
    close() {
      removeEventListener('pagehide', leave)
      removeEventListener('pageshow', comeBack)
      channel.close()
    },
  }
}
