import type { SessionEvents, WorkerLoss } from '../../session-state.ts'

// What tabs and a worker say to each other. No token is among it: the record has them, and the channel between the tabs.

/** The version of these messages. */
const VERSION = 1

/** Of whom a message is, so that a worker of the same name knows which session is meant, and where its server is. */
export interface Introduction {
  /** The name of the record, the lock and the channel. */
  readonly name: string
  /** The transport's id as the page resolves it: a worker with another transport must not send its tokens. */
  readonly transport: string
  /** Where tokens are kept. */
  readonly storage: 'memory' | 'record'
  /** The base of relative URLs, as it was when the session was created. */
  readonly base: string
}

/** What a tab says. `hello` asks whether the worker is there, `refresh` for tokens newer than those of generation `used`. */
export type Request = Introduction &
  (
    | { readonly type: 'hello' }
    | { readonly type: 'refresh'; readonly session: string; readonly used: number }
  )

/**
 * What a worker answers. `alive` comes at once, and again and again while it works. `over`: it has nothing more to do, and
 * the record says how it went. `refused`: it cannot do this.
 */
export type Reply =
  | { readonly type: 'alive' }
  | { readonly type: 'over'; readonly failed?: SessionEvents['refresh-failed'] | undefined }
  | { readonly type: 'refused'; readonly because: WorkerLoss }

/** A message of either kind as it is posted. */
export type Posted<Message> = Message & { readonly latchkey: number }

/** Adds the version. */
export function posted<Message extends Request | Reply>(message: Message): Posted<Message> {
  return { ...message, latchkey: VERSION }
}

/** Reads a message to a worker: `undefined` if it is none of latchkey's, and a refusal if its version is another one. */
export function readRequest(received: unknown): Request | 'of another release' | undefined {
  const { latchkey } = (received ?? {}) as Partial<Posted<Request>>
  if (typeof latchkey !== 'number') return undefined
  return latchkey === VERSION ? (received as Posted<Request>) : 'of another release'
}

/** Reads the answer of a worker. */
export function readReply(received: unknown): Reply {
  const { latchkey } = (received ?? {}) as Partial<Posted<Reply>>
  return latchkey === VERSION
    ? (received as Posted<Reply>)
    : { type: 'refused', because: 'other-release' }
}
