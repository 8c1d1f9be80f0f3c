import { note } from './logbook.ts'
import { sessionName } from './mode.ts'
import type { Ending } from './observation.ts'
import { lockOfTab } from './tab-number.ts'

const LOCK = `latchkey:${sessionName}`
const AGAIN_MS = 120
const LOOKS_AFTER_RELEASE = 2

let isWatching = false

/**
 * Notes who holds the session's lock and who waits for it: from when this tab sends a renewal until the lock is free.
 * The browser names holders by client id. The lock that each tab holds for its number says which tab that is.
 */
export function watchLock(): void {
  if (isWatching || !('locks' in navigator)) return
  isWatching = true
  void watch().finally(() => {
    isWatching = false
  })
}

async function watch(): Promise<void> {
  const going = new Map<string, (ending: Ending) => void>()
  const isLast = (quiet: number): boolean => quiet > LOOKS_AFTER_RELEASE
  for (let quiet = 0; !isLast(quiet);) {
    const { held = [], pending = [] } = await navigator.locks.query()
    const tabs = new Map(held.map(({ name, clientId }) => [name, clientId]))
    const tabOf = (clientId: string | undefined): number | undefined => {
      for (let number = 1; number < 100; number++)
        if (tabs.has(lockOfTab(number)) && tabs.get(lockOfTab(number)) === clientId) return number
      return undefined
    }
    const now = [
      ...held.filter(({ name }) => name === LOCK).map((lock) => ['lock', lock] as const),
      ...pending.filter(({ name }) => name === LOCK).map((lock) => ['queue', lock] as const),
    ].flatMap(([kind, { clientId }]) => {
      const tab = tabOf(clientId)
      return tab === undefined ? [] : [{ kind, tab, key: `${kind} ${tab}` }]
    })
    for (const [key, end] of going) {
      if (now.some((each) => each.key === key)) continue
      end({ outcome: 'quiet' })
      going.delete(key)
    }
    for (const { kind, tab, key } of now) {
      if (going.has(key)) continue
      const text = kind === 'lock' ? 'holds the lock' : 'waits for the lock'
      going.set(key, note({ kind, tab, text }))
    }
    quiet = now.length === 0 ? quiet + 1 : 0
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
  }
}
