// What the pages of this folder have in common: connections that a test opens, and what came over them.
import '../page.ts'
import { session } from './session.ts'

/** Something that came over a connection. */
export interface Received {
  readonly text: string
  /** The user who was signed in when it came. */
  readonly by: string | null
}

/** The interface of the page for tests. */
export interface LivePage {
  /** Keeps a connection open while a user is signed in. */
  start(): void
  stop(): void
  received(): readonly Received[]
  /** Lets time pass for those who wait. */
  wait(ms: number): void
  /** Resolves after all timers that are set now and run for less than {@link SOON_MS}. */
  soon(): Promise<void>
  /** Holds what the session wants to store, until `releaseDisk()`. */
  holdDisk(): Promise<void>
  releaseDisk(): void
}

declare global {
  interface Window {
    connections: LivePage
  }
}

/** Longer than a recipe pauses after its first failures. */
const SOON_MS = 200
// The pauses of the recipes are random times: here they are short, and grow.
Math.random = () => 0.02

const systemUptime = performance.now.bind(performance)
let waitedMs = 0
performance.now = () => systemUptime() + waitedMs

/** Gives the tests the recipe. `keep` calls `receive` with what comes, and returns what stops it. */
export function exposeLive(keep: (receive: (text: string) => void) => () => void): void {
  const received: Received[] = []
  let stop = (): void => undefined
  window.connections = {
    start() {
      stop = keep((text) => received.push({ text, by: session.state.subject }))
    },
    stop: () => stop(),
    received: () => received,
    wait: (ms) => void (waitedMs += ms),
    soon: () => new Promise((resolve) => setTimeout(resolve, SOON_MS)),
    holdDisk,
    releaseDisk: () => void (isDiskHeld = false),
  }
}

let isDiskHeld = false

/** Keeps a transaction open on every database of the page. Resolves once nobody else can write. */
async function holdDisk(): Promise<void> {
  isDiskHeld = true
  const names = (await indexedDB.databases()).map(({ name }) => String(name))
  await Promise.all(names.map(holdDatabase))
}

async function holdDatabase(name: string): Promise<void> {
  const opening = indexedDB.open(name)
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    opening.onsuccess = () => resolve(opening.result)
    opening.onerror = () => reject(new Error(`The database ${name} cannot be opened`))
  })
  const [first = ''] = database.objectStoreNames
  const store = database.transaction(first, 'readwrite').objectStore(first)
  await new Promise<void>((resolve) => {
    function goOn(): void {
      store.count().onsuccess = () => {
        resolve()
        if (isDiskHeld) goOn()
        else database.close()
      }
    }
    goOn()
  })
}
