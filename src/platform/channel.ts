import type { Channel } from '../ports.ts'

/** Opens a BroadcastChannel; `null` if the browser has none or refuses. It is closed while the page is in the back/forward cache, which an open one would keep it out of. */
export function openBroadcastChannel(
  name: string,
  onMessage: (message: unknown) => void,
): Channel | null {
  if (typeof BroadcastChannel !== 'function') return null
  let channel = open()
  if (!channel) return null

  function open(): BroadcastChannel | null {
    try {
      const opened = new BroadcastChannel(name)
      opened.onmessage = (event) => onMessage(event.data)
      return opened
    } catch {
      // Firefox refuses where storage is blocked.
      return null
    }
  }
  const leave = (): void => channel?.close()
  const comeBack = (event: PageTransitionEvent): void => {
    if (event.persisted) channel = open()
  }
  addEventListener('pagehide', leave)
  addEventListener('pageshow', comeBack)

  return {
    post(message) {
      try {
        channel?.postMessage(message)
      } catch {
        // It is closed because the page is leaving. Other tabs look at the record by themselves.
      }
    },
    close() {
      removeEventListener('pagehide', leave)
      removeEventListener('pageshow', comeBack)
      channel?.close()
    },
  }
}
