/**
 * For a request that the session or its caller may abort: throws why it failed. In WebKit an aborted request rejects with an
 * `AbortError` of its own, whatever the reason of its signal is.
 */
export function whyAborted(
  session: AbortSignal,
  caller: AbortSignal | null | undefined,
): (error: unknown) => never {
  return (error) => {
    throw session.aborted && !caller?.aborted ? session.reason : error
  }
}
