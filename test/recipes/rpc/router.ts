import { initTRPC, TRPCError } from '@trpc/server'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import type { Site } from '../server.ts'

interface Context {
  /** The user; `undefined` if the request has no token. */
  readonly user: string | undefined
}

const t = initTRPC.context<Context>().create()

const signedIn = t.procedure.use(({ ctx: { user }, next }) => {
  if (user === undefined) throw new TRPCError({ code: 'UNAUTHORIZED' })
  return next({ ctx: { user } })
})

/** Takes a text as it is: a schema would be another package. */
function text(input: unknown): string {
  if (typeof input === 'string') return input
  throw new Error('A text is expected')
}

const router = t.router({
  me: signedIn.query(({ ctx }) => ctx.user),
  addNote: signedIn.input(text).mutation(({ ctx, input }) => ({ user: ctx.user, text: input })),
  live: signedIn.subscription(async function* ({ ctx, signal }) {
    yield ctx.user
    await new Promise((ended) => signal?.addEventListener('abort', ended))
  }),
})

export type AppRouter = typeof router

/** The event streams that are open. */
const streams = new Set<{ close(): void }>()

/** Ends all event streams, as a proxy does that is restarted. */
export function endStreams(): void {
  for (const stream of streams) stream.close()
}

/** Adds `/trpc` to a server. It refuses a bad token before it looks at the procedures of a batch. */
export function serveTrpc({ app, userOf }: Site): void {
  app.all('/trpc/*', async (c) => {
    const user = await userOf(c.req.raw)
    if (typeof user !== 'string' && c.req.header('authorization') !== undefined) return user
    const response = await fetchRequestHandler({
      endpoint: '/trpc',
      req: c.req.raw,
      router,
      createContext: () => ({ user: typeof user === 'string' ? user : undefined }),
    })
    const isEventStream = response.headers.get('content-type') === 'text/event-stream'
    return isEventStream && response.body ? breakable(response, response.body) : response
  })
}

/** An event stream that {@link endStreams} ends, and that the client opens again at once. */
function breakable(response: Response, body: ReadableStream<Uint8Array>): Response {
  const reader = body.getReader()
  const stream = { close: (): void => undefined }
  let isEnded = false
  const endable = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('retry: 1\n\n'))
      streams.add(stream)
      stream.close = () => {
        isEnded = true
        streams.delete(stream)
        controller.close()
        void reader.cancel()
      }
    },
    async pull(controller) {
      const { done, value } = await reader.read()
      if (!isEnded && !done) controller.enqueue(value)
    },
    cancel(reason) {
      streams.delete(stream)
      return reader.cancel(reason)
    },
  })
  return new Response(endable, response)
}
