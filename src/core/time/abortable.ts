/** Settles as `work` does, or rejects with the signal's reason as soon as that aborts. `work` itself goes on. */
export async function abortable<T>(
  work: Promise<T>,
  signal: AbortSignal | null | undefined,
): Promise<T> {
  if (!signal) return await work
  let stop = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    // The reason is the caller's own, whatever they chose.
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
