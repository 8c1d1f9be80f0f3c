import { like } from './like.ts'

/**
 * Sends with a signal that aborts as either of the two does. Where `AbortSignal.any` is missing (Safari before 17.4), the
 * listeners are removed when the answer is done; the answer is then a copy, which knows when it has been read.
 */
export async function followBoth(
  caller: AbortSignal,
  session: AbortSignal,
  send: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- see above
  if (AbortSignal.any) return await send(AbortSignal.any([caller, session]))
  const either = new AbortController()
  const over = new AbortController()
  const done = (): void => over.abort()
  for (const signal of [caller, session]) {
    if (signal.aborted) either.abort(signal.reason)
    signal.addEventListener('abort', () => either.abort(signal.reason), { signal: over.signal })
  }
  try {
    const response = await send(either.signal)
    if (response.body) return like(response, new Response(watched(response.body, done), response))
    done()
    return response
  } catch (error) {
    done()
    throw error
  }
}

/** The same body. `done` is called when it has ended, in whatever way. */
function watched(body: ReadableStream<Uint8Array>, done: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  void reader.closed.then(done, done)
  return new ReadableStream({
    async pull(controller) {
      const { value } = await reader.read()
      if (value) controller.enqueue(value)
      else controller.close()
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
