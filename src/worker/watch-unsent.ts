import { isSessionError, SessionError } from '../errors.ts'
import type { Transport } from '../transport.ts'

/** A transport, and whether it can be used without a page. */
export interface WatchedTransport {
  readonly transport: Transport
  /** Why a refresh could not be prepared here: something that only a page has was missing. @default none has failed so */
  whyUnsent(): SessionError | undefined
}

/** Watches whether the refreshes of a transport fail before they are sent, as `headers` that read `document` do in a worker. */
export function watchUnsent(watched: Transport): WatchedTransport {
  let why: SessionError | undefined

  return {
    transport: {
      ...watched,
      revoke: (context) => watched.revoke(context),
      async refresh(context) {
        const count = { sent: 0 }
        const send: typeof fetch = (...args) => {
          count.sent++
          return context.fetch(...args)
        }
        try {
          return await watched.refresh({ ...context, fetch: send })
        } catch (cause) {
          // A page can have a key that its worker cannot read: WebKit gives a SharedWorker none.
          const isOther =
            isSessionError(cause) && !['no_page', 'key_unavailable'].includes(cause.code)
          if (count.sent === 0 && !isOther && !context.signal.aborted)
            why = new SessionError(
              'no_page',
              'The transport needs a page to prepare a refresh, and a worker has none. Tabs refresh by themselves',
              { cause },
            )
          throw cause
        }
      },
    },
    whyUnsent: () => why,
  }
}
