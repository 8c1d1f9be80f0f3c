import { TRPCClientError } from '@trpc/client'
import { exposeClient } from '../page.ts'
import type { AppRouter } from './router.ts'
import { trpc, whileSignedIn } from './trpc-stream'

/** The interface of the page for tests of a subscription. */
export interface Live {
  subscribe(): void
  /** What the subscription has brought so far. */
  readonly users: readonly string[]
  readonly isStopped: boolean
}

declare global {
  interface Window {
    live: Live
  }
}

exposeClient({
  read: () => trpc.me.query(),
  send: (text) => trpc.addNote.mutate(text),
  refusalOf: (error) =>
    error instanceof TRPCClientError
      ? (error as TRPCClientError<AppRouter>).data?.httpStatus
      : undefined,
})

const users: string[] = []
let isStopped = false
window.live = {
  users,
  get isStopped() {
    return isStopped
  },
  subscribe() {
    isStopped = false
    const subscription = trpc.live.subscribe(undefined, {
      onData: (user) => users.push(user),
      onComplete: () => (isStopped = true),
      onError: () => (isStopped = true),
    })
    whileSignedIn(subscription)
  },
}
