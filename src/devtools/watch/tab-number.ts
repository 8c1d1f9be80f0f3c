import { within } from '../../core/time/sleep.ts'
import type { Dispose, Ports } from '../../ports.ts'

const MOST = 99
/** For how long a lock is waited for that another tab may be taking at this moment. */
const TAKE_MS = 2_000
const MOST_TRIES = 5
const LOOK_MS = 5_000

/** The number of a tab among those that are open, and how it is given back. */
export interface TabNumber {
  readonly tab: number
  readonly release: Dispose
}

/** The name of the lock that a tab holds while it is open: no two tabs have one number, and all tabs see which are open. */
export function lockOfTab(name: string, tab: number): string {
  return `${name}:devtools-tab-${tab}`
}

/** Takes the lowest number that no other tab has. Without Web Locks, or if they do not work, a guess has to do. */
export async function takeTabNumber(
  { locks, clock, random }: Pick<Ports, 'locks' | 'clock' | 'random'>,
  name: string,
): Promise<TabNumber> {
  const guess = { tab: 1 + Math.floor(random() * MOST), release: () => undefined }
  const taken = await heldLocks({ locks, clock })
  if (!locks || !taken) return guess

  function take(lock: string): Promise<Dispose | null> {
    return new Promise((resolve) => {
      const giveUp = new AbortController()
      const stop = clock.schedule(() => giveUp.abort(), TAKE_MS)
      const hold = (isHeld: boolean): Promise<void> => {
        stop()
        if (!isHeld) resolve(null)
        return isHeld ? new Promise((release) => resolve(release)) : Promise.resolve()
      }
      locks?.run(lock, hold, giveUp.signal).catch(() => resolve(null))
    })
  }

  let tries = 0
  for (let tab = 1; tab <= MOST && tries < MOST_TRIES; tab++) {
    const lock = lockOfTab(name, tab)
    if (taken.has(lock)) continue
    const release = await take(lock)
    if (release) return { tab, release }
    tries++
  }
  return guess
}

/** The names of all locks that are held; `null` if the browser does not say. */
export async function heldLocks({
  locks,
  clock,
}: Pick<Ports, 'locks' | 'clock'>): Promise<ReadonlySet<string | undefined> | null> {
  if (!locks) return null
  const asked = (): Promise<LockManagerSnapshot | null> => locks.query().catch(() => null)
  const found = await within(clock, LOOK_MS, asked, null)
  return found && new Set(found.held?.map(({ name }) => name))
}
