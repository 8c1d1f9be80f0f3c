import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { chunks } from './upload.ts'

/** An upload as it came over the wire. */
export interface Uploaded {
  readonly authorization: string | undefined
  readonly bytes: number
  readonly sha256: string
}

/** Reads an upload, keeps nothing of it, and refuses its token. */
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

/** The hash of what is sent. */
export function uploadHash(): string {
  const hash = createHash('sha256')
  for (const chunk of chunks()) hash.update(chunk)
  return hash.digest('hex')
}
