// An upload that is too long to be kept anywhere. Read in Node.js and in a page alike: no import here.

/** How long a piece is. */
export const CHUNK_BYTES = 2 ** 20

function chunk(n: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(CHUNK_BYTES).fill(n)
}

/** An upload of so many pieces, one after the other. */
export function* chunksOf(count: number): Generator<Uint8Array<ArrayBuffer>> {
  for (let n = 0; n < count; n++) yield chunk(n)
}

/**
 * The same as a stream, each piece made when it is asked for and not before. `weigh` is awaited before the first and at
 * each quarter: whatever has been sent until then is nobody's business any more.
 */
export function uploadStream(count: number, weigh: () => unknown): ReadableStream<Uint8Array> {
  let n = 0
  return new ReadableStream(
    {
      async pull(controller) {
        if (n % (count / 4) === 0) await weigh()
        if (n < count) controller.enqueue(chunk(n++))
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}
