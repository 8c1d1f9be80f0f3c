import { Code, ConnectError, type Client } from '@connectrpc/connect'
import { sessionErrorOf } from '../../../src/index.ts'
import { exposeClient } from '../page.ts'
import type { Notes } from './notes_pb.ts'

/** The interface of the page for tests of a stream of the server. */
export interface Watch {
  /** Reads a stream until it ends. */
  start(): void
  /** What it has brought so far. */
  readonly users: readonly string[]
  /** The code of the SessionError with which it has failed. */
  readonly code: string | undefined
}

declare global {
  interface Window {
    watch: Watch
  }
}

/** Gives the tests a client of either protocol. */
export function exposeRpc(client: Client<typeof Notes>): void {
  exposeClient({
    read: async () => (await client.me({})).value,
    async send(text) {
      const [user, echo] = (await client.echo({ value: text })).value.split(': ')
      return { user, text: echo }
    },
    refusalOf: (error) => Code[ConnectError.from(error).code],
  })

  const users: string[] = []
  let code: string | undefined
  window.watch = {
    users,
    get code() {
      return code
    },
    start() {
      void (async () => {
        try {
          for await (const { value } of client.watch({})) users.push(value)
        } catch (error) {
          code = sessionErrorOf(error)?.code ?? String(error)
        }
      })()
    },
  }
}
