// An upload that is too long to be kept anywhere. Read in Node.js and in a page alike: no import here.

/** Of 1 MiB each. */
const CHUNKS = 200
const CHUNK_BYTES = 2 ** 20

/** How long the upload is. */
export const UPLOAD_BYTES = CHUNKS * CHUNK_BYTES

function chunk(n: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(CHUNK_BYTES).fill(n)
}

/** All of it, one piece after the other. */
export function* chunks(): Generator<Uint8Array<ArrayBuffer>> {
  for (let n = 0; n < CHUNKS; n++) yield chunk(n)
}

/**
 * The upload, each piece made when it is asked for and not before. `weigh` is awaited before the first and at each
 * quarter: whatever has been sent until then is nobody's business any more.
 */
export function uploadStream(weigh: () => unknown): ReadableStream<Uint8Array> {
  let n = 0
  return new ReadableStream(
    {
      async pull(controller) {
        if (n % (CHUNKS / 4) === 0) await weigh()
        if (n < CHUNKS) controller.enqueue(chunk(n++))
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}
