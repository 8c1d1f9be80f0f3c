// Run by upload.test.ts with `node --expose-gc`: uploads by fetch and by authFetch, and prints how much memory was in use meanwhile.
import { signInTo } from '../../support/signed-in.ts'
import { uploadStream } from '../../support/upload.ts'

const [url = '', count = ''] = process.argv.slice(2)
const { session } = await signInTo(new URL(url).origin)

/** Bytes in use, of the heap and of buffers. */
function inUse(): number {
  gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

// Node.js keeps a copy of every stream for redirects that it would not follow with one, unless it is told that there
// will be none (https://github.com/nodejs/undici/issues/4058).
const NO_COPY = { window: null, redirect: 'error' }

async function upload(send: typeof fetch, headers: Record<string, string>): Promise<unknown> {
  const weights: number[] = []
  const body = uploadStream(Number(count), () => weights.push(inUse()))
  const init = { method: 'POST', body, headers, duplex: 'half', ...NO_COPY }
  const response = await send(url, init as RequestInit)
  return {
    status: response.status,
    text: await response.text(),
    weighed: weights.length,
    most: Math.max(...weights),
  }
}

const bare = await upload(fetch, { authorization: 'Bearer mine' })
const authenticated = await upload(session.authFetch, {})
process.stdout.write(JSON.stringify({ bare, authenticated }))
process.exit()
