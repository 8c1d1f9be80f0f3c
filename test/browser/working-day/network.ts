import type { Backend, Trouble } from '../support/backend.ts'
import type { Member } from './tabs.ts'

/** The network between the tabs and the server, and the times at which it was down. */
export interface Network {
  readonly isDown: boolean
  /** From now on the server, or the connection to it, has this trouble. */
  fail(trouble: Trouble): void
  recover(): void
  /** Takes the tabs offline for `ms`. */
  goOffline(members: readonly Member[], ms: number): Promise<void>
  /** Whether it was down at any time between these two, by `performance.now()`. */
  wasDown(from: number, to: number): boolean
}

/** Starts without any trouble. */
export function createNetwork(backend: Backend): Network {
  const failures: { readonly from: number; to: number }[] = []

  function begin(): void {
    failures.push({ from: performance.now(), to: Infinity })
  }

  function end(): void {
    const last = failures.at(-1)
    if (last?.to === Infinity) last.to = performance.now()
  }

  return {
    get isDown() {
      return failures.at(-1)?.to === Infinity
    },
    fail(trouble) {
      begin()
      backend.trouble(trouble)
    },
    recover() {
      backend.trouble(null)
      end()
    },
    async goOffline(members, ms) {
      begin()
      await Promise.all(members.map(({ tab }) => tab.goOffline()))
      await new Promise((resolve) => setTimeout(resolve, ms))
      await Promise.all(members.map(({ tab }) => tab.goOnline()))
      end()
    },
    wasDown: (from, to) => failures.some((failure) => failure.from <= to && from <= failure.to),
  }
}
