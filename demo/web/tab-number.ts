import { sessionName } from './mode.ts'

const KEY = `${sessionName}-tab`
const MOST = 99

/**
 * The lock that a tab holds while it is open. So no two tabs have the same number, and all can see which are still
 * open.
 */
export function lockOfTab(number: number): string {
  return `${sessionName}-tab-${number}`
}

/** Takes the lowest number that no other tab of this session has; after a reload the same as before. */
async function takeNumber(): Promise<number> {
  const before = Number(sessionStorage.getItem(KEY))
  const locks = navigator.locks as LockManager | undefined
  // Without Web Locks, on plain http, a guess has to do.
  if (!locks) return before || 1 + Math.floor(Math.random() * MOST)
  const wishes = [...(before ? [before] : []), ...Array.from({ length: MOST }, (_, i) => i + 1)]
  for (const number of wishes) if (await take(locks, lockOfTab(number))) return number
  return MOST + 1
}

function take(locks: LockManager, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    void locks.request(name, { ifAvailable: true }, (lock) => {
      resolve(lock !== null)
      return lock && new Promise(() => undefined)
    })
  })
}

/** The number of this tab among the tabs of this session. */
export const tabNumber: number = await takeNumber()
sessionStorage.setItem(KEY, String(tabNumber))
