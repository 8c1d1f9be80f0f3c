// An upload that is too long to be kept in memory. Runs in Node.js and in a page, so there is no import here.

/** The length of a piece. */
export const CHUNK_BYTES = 2 ** 20

function chunk(n: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(CHUNK_BYTES).fill(n)
}

/** An upload of this many pieces, one after the other. */
export function* chunksOf(count: number): Generator<Uint8Array<ArrayBuffer>> {
  for (let n = 0; n < count; n++) yield chunk(n)
}

/**
 * The same as a stream: each piece is made when it is asked for. `measure` is awaited before the first piece and at each
 * quarter; by then, nothing may refer to the pieces that were sent.
 */
export function uploadStream(count: number, measure: () => unknown): ReadableStream<Uint8Array> {
  let n = 0
  return new ReadableStream(
    {
      async pull(controller) {
        if (n % (count / 4) === 0) await measure()
        if (n < count) controller.enqueue(chunk(n++))
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}
