import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { CHUNK_BYTES, chunksOf } from './upload.ts'

/** An upload as it arrived. */
export interface Uploaded {
  readonly authorization: string | undefined
  readonly bytes: number
  readonly sha256: string
}

/** Reads an upload without keeping it, and refuses its token. */
export async function refuseUpload(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
): Promise<Uploaded> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
  }
  response.statusCode = 401
  response.setHeader('www-authenticate', 'Bearer error="invalid_token"')
  response.end('refused')
  return { authorization: request.headers.authorization, bytes, sha256: hash.digest('hex') }
}

/** What arrives of an upload of this many pieces if nothing is lost, doubled or changed. */
export function whole(count: number): Omit<Uploaded, 'authorization'> {
  const hash = createHash('sha256')
  for (const chunk of chunksOf(count)) hash.update(chunk)
  return { bytes: count * CHUNK_BYTES, sha256: hash.digest('hex') }
}
